require("spec.hostile.suite").of("servers", "servers and files")
