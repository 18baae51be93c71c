require("spec.hostile.suite").of("links", "links, monitors and exit signals")
