require("spec.hostile.suite").of("memory", "growth")
