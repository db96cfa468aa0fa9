/* The page's style sheet and icon. Colours follow the reader's light or dark setting. */
#include "wire/page.h"

const char tw_page_style[] =
	":root { color-scheme: light dark; --text: #1c2024; --dim: #5c656d; --back: #fff;\n"
	"  --line: #d8dde1; --panel: #f5f7f8; --good: #137333; --warn: #9a5b00; --bad: #b3261e; }\n"
	"@media (prefers-color-scheme: dark) { :root { --text: #e4e7ea; --dim: #9aa4ad;\n"
	"  --back: #14171a; --line: #343b41; --panel: #1d2125; --good: #6fcf8b; --warn: #f0b35a;\n"
	"  --bad: #ff8a80; } }\n"
	"* { box-sizing: border-box; }\n"
	"body { margin: 0 auto; padding: 1rem; max-width: 80rem; color: var(--text);\n"
	"  background: var(--back); font: 15px/1.45 system-ui, sans-serif; }\n"
	"h1 { margin: 0; font-size: 1.1rem; } h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }\n"
	"header { display: flex; flex-wrap: wrap; gap: .2rem 1rem; align-items: baseline; }\n"
	".dim, .sub { color: var(--dim); } .sub { display: block; font-size: .85em; }\n"
	".now { margin: 1rem 0; padding: 1rem; border: 1px solid var(--line);\n"
	"  border-left: .4rem solid var(--bad); background: var(--panel); border-radius: .3rem; }\n"
	".now.usable { border-left-color: var(--good); } .now p { margin: .2rem 0; }\n"
	".now .big { font-size: 1.4rem; font-weight: 600; overflow-wrap: anywhere; }\n"
	".facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0; }\n"
	".facts div { display: flex; flex-direction: column-reverse; }\n"
	".facts dt { color: var(--dim); font-size: .85em; }\n"
	".facts dd { margin: 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; }\n"
	".scroll { overflow-x: auto; }\n"
	"table { border-collapse: collapse; width: 100%; }\n"
	"th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--line); text-align: left;\n"
	"  vertical-align: top; overflow-wrap: anywhere; }\n"
	"thead th { color: var(--dim); font-weight: 500; white-space: nowrap; }\n"
	"tbody th { font-weight: 600; min-width: 9rem; } td.detail { min-width: 12rem; }\n"
	".n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }\n"
	"tr.chosen { background: var(--panel); }\n"
	".healthy { color: var(--good); } .unhealthy, .maintenance { color: var(--warn); }\n"
	".unresponsive, .alarm { color: var(--bad); } .unknown { color: var(--dim); }\n"
	".state { font-weight: 600; white-space: nowrap; }\n";

const char tw_page_icon[] =
	"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\">"
	"<rect width=\"16\" height=\"16\" rx=\"3\" fill=\"#137333\"/>"
	"<path d=\"M3 11h3V8h3V5h4\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2\"/></svg>\n";
