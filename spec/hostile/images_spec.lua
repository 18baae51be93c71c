require("spec.hostile.suite").of("images", "modules and images")
