require("spec.hostile.suite").of("timers", "timers")
