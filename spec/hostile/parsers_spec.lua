require("spec.hostile.suite").of("parsers", "parser bombs")
