-- What `--set KEY=VALUE` can change.
return {
  listen = "127.0.0.1:8080", -- port 0: any that is free
}
