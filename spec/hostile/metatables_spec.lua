require("spec.hostile.suite").of("metatables", "metatables")
