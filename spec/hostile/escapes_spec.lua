require("spec.hostile.suite").of("escapes", "ways out of a sandbox")
