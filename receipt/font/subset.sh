#!/bin/sh
# Makes DroidSansFallback-GBK.ttf out of Debian's fonts-droid-fallback. Needs
# Debian's python3-fonttools. README.md says what is kept and why.
set -eu
cd "$(dirname "$0")"
source=${1:-/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf}
list=$(mktemp)
trap 'rm -f "$list"' EXIT
/usr/bin/python3 - >"$list" <<'PY'
keep = set(range(0x3000, 0x3040)) | set(range(0xFF00, 0xFFF0)) | set(map(ord, "嘅咗冇哋嚟啲嘢唔喺佢咁啱俾搵攞嗰咩囉嘥瞓餸滷䶮"))
for codec, leads in (("gbk", range(0x81, 0xFF)), ("big5", range(0xA1, 0xC7))):
    for lead in leads:
        for trail in range(0x40, 0xFF):
            try:
                keep.update(map(ord, bytes([lead, trail]).decode(codec)))
            except UnicodeDecodeError:
                pass
print(",".join("%04X" % c for c in sorted(keep) if c > 0x7F))
PY
/usr/bin/python3 -m fontTools.subset "$source" --unicodes-file="$list" \
	--output-file=DroidSansFallback-GBK.ttf --no-hinting --notdef-outline \
	--layout-features='' --drop-tables+=vhea,vmtx,GSUB,GPOS,GDEF --name-IDs=0,1,2,5,6,7,13,14
