require("spec.hostile.suite").of("patterns", "patterns")
