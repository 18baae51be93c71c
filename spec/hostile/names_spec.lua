require("spec.hostile.suite").of("names", "names")
