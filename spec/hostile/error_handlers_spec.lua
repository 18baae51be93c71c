require("spec.hostile.suite").of("error_handlers", "error handlers")
