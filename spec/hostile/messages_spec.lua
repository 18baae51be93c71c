require("spec.hostile.suite").of("messages", "messages")
