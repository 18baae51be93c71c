require("spec.hostile.suite").of("code", "code")
