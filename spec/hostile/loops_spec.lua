require("spec.hostile.suite").of("loops", "loops")
