require("spec.hostile.suite").of("loops", "endless loops")
