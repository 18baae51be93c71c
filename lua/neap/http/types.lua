--- The content type of a file, by its name. Pure.
local types = {}

local DEFAULT = "application/octet-stream"

--- "+" stands for "; charset=utf-8".
local TYPES = {
  -- text
  html = "text/html+", htm = "text/html+", css = "text/css+", csv = "text/csv+",
  txt = "text/plain+", text = "text/plain+", log = "text/plain+", conf = "text/plain+",
  lua = "text/plain+", c = "text/plain+", h = "text/plain+", md = "text/markdown+",
  js = "text/javascript+", mjs = "text/javascript+", ics = "text/calendar+",
  vcf = "text/vcard+", vtt = "text/vtt+", tsv = "text/tab-separated-values+",
  -- data and programs
  json = "application/json", map = "application/json", jsonld = "application/ld+json",
  geojson = "application/geo+json", webmanifest = "application/manifest+json",
  xml = "application/xml", xhtml = "application/xhtml+xml", rss = "application/rss+xml",
  atom = "application/atom+xml", yaml = "application/yaml", yml = "application/yaml",
  toml = "application/toml", wasm = "application/wasm", sql = "application/sql",
  -- documents
  pdf = "application/pdf", rtf = "application/rtf", epub = "application/epub+zip",
  doc = "application/msword", xls = "application/vnd.ms-excel",
  ppt = "application/vnd.ms-powerpoint",
  docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  odt = "application/vnd.oasis.opendocument.text",
  ods = "application/vnd.oasis.opendocument.spreadsheet",
  -- archives
  zip = "application/zip", gz = "application/gzip", tgz = "application/gzip",
  tar = "application/x-tar", bz2 = "application/x-bzip2", xz = "application/x-xz",
  zst = "application/zstd", ["7z"] = "application/x-7z-compressed",
  -- images
  png = "image/png", jpg = "image/jpeg", jpeg = "image/jpeg", gif = "image/gif",
  webp = "image/webp", avif = "image/avif", svg = "image/svg+xml", bmp = "image/bmp",
  ico = "image/vnd.microsoft.icon", tif = "image/tiff", tiff = "image/tiff",
  -- sound and film
  mp3 = "audio/mpeg", m4a = "audio/mp4", ogg = "audio/ogg", opus = "audio/opus",
  oga = "audio/ogg", wav = "audio/wav", flac = "audio/flac", weba = "audio/webm",
  mp4 = "video/mp4", m4v = "video/mp4", webm = "video/webm", ogv = "video/ogg",
  mov = "video/quicktime",
  -- fonts
  woff = "font/woff", woff2 = "font/woff2", ttf = "font/ttf", otf = "font/otf",
}

--- The content type by the extension of the name, in either case.
---@param path string
---@return string
function types.of(path)
  local extension = path:match("%.(%w+)$")
  local found = extension and TYPES[extension:lower()]
  return found and (found:gsub("%+$", "; charset=utf-8")) or DEFAULT
end

return types
