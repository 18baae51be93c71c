require("spec.hostile.suite").of("code", "code and the ways out")
