"""How a page looks and what its controls do: a style sheet and a script that lie in the page."""

STYLE = """
:root{color-scheme:light dark;--text:#222;--soft:#555;--page:#fff;--line:#ddd;--box:#f5f6f7;
--answer:#eef5fb;--warn:#fff3cd;--link:#00588c;--accent:#0072B2}
@media(prefers-color-scheme:dark){:root{--text:#e4e6e8;--soft:#a9b0b6;--page:#15181b;--line:#3a4046;
--box:#1f2428;--answer:#172a38;--warn:#3a3010;--link:#7cc0ee;--accent:#56B4E9}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;padding:1.5rem 1rem 4rem;max-width:72rem;
color:var(--text);background:var(--page);overflow-wrap:break-word}
a{color:var(--link)}h1{font-size:1.7rem;margin:.2rem 0 .6rem}
h2{font-size:1.25rem;margin:2.5rem 0 .4rem;scroll-margin-top:1rem}
h3{font-size:1.05rem;margin:1.6rem 0 .3rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
img{display:block;max-width:100%;height:auto;background:#fff;border-radius:3px}
.seen{overflow-x:auto}figure{margin:1rem 0}figcaption,p.caption{color:var(--soft);font-size:.92rem}
figcaption{margin-top:.4rem}p.files{margin:.2rem 0 0;font-size:.85rem}p.files a{margin-right:.8rem}
abbr[title]{text-decoration:underline dotted;text-underline-offset:.2em;cursor:help}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.92rem}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:left}
th{vertical-align:bottom}td.prose{min-width:14rem}td.short{white-space:nowrap}
th.number{text-align:right}td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
th button{font:inherit;font-weight:bold;color:inherit;background:none;border:0;padding:0;
text-align:left;cursor:pointer}
th[aria-sort=ascending] button::after{content:" ▲"}
th[aria-sort=descending] button::after{content:" ▼"}
pre{background:var(--box);padding:.8rem;overflow-x:auto;font-size:.85rem}
pre.paste{user-select:all;white-space:pre-wrap;overflow-wrap:anywhere}
summary{cursor:pointer}
nav{font-size:.92rem;margin:1rem 0}nav summary{font-weight:bold}
nav p{margin:.7rem 0 0;color:var(--soft)}nav ol{list-style:none;margin:0;padding:0}
nav li{margin:.25rem 0;line-height:1.3}nav li a{text-decoration:none}
nav li a:hover{text-decoration:underline}
.answer{background:var(--answer);border-left:4px solid var(--accent);
padding:.6rem .8rem .6rem 2rem}
.answer small{color:var(--soft)}.mark{font-weight:bold}
.warning{background:var(--warn);border-left:4px solid #e0a800;padding:.5rem .8rem}
.control{display:flex;flex-wrap:wrap;gap:.5rem .8rem;align-items:center;margin:.3rem 0}
.control input{flex:1;min-width:8rem}.control output{min-width:8rem}
.control label,.control select{max-width:100%}
.explorer .control label{display:flex;flex:1 1 16rem;gap:.5rem;align-items:center}
.explorer .control output{min-width:4rem}.plot{background:#fff;border-radius:3px;height:30rem}
dl.terms dt{font-weight:bold;margin-top:.5rem}dl.terms dd{margin:0 0 0 1rem}
@media(min-width:64rem){body.wide{display:grid;grid-template-columns:14rem minmax(0,1fr);
gap:0 2.5rem;max-width:88rem}body.wide>header{grid-column:1/-1}
body.wide>nav{position:sticky;top:1rem;align-self:start;max-height:calc(100vh - 2rem);
overflow-y:auto}body.wide>nav summary{pointer-events:none}}
@media(max-width:40rem){.seen img{max-width:none;width:max(100%,34rem)}}
@media print{nav,.control,p.files{display:none}}
"""

SCRIPT = """
const contents = document.querySelector("nav details");
if (contents && matchMedia("(max-width: 63.99rem)").matches) contents.open = false;
for (const picker of document.querySelectorAll("figure.picker")) {
  const figures = JSON.parse(picker.querySelector("script").textContent);
  const [picture, list, caption, files] =
    ["img", "select", ".words", ".files"].map((name) => picker.querySelector(name));
  const first = picture.src;
  const show = () => {
    const chosen = figures[list.value];
    picture.src = chosen.picture ? "data:image/webp;base64," + chosen.picture : first;
    picture.alt = chosen.alt;
    caption.innerHTML = chosen.caption;
    files.innerHTML = chosen.files;
  };
  list.addEventListener("change", show);
  if (list.value !== "0") show();
}
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const words = (row) => row.cells[column].textContent;
    const rows = [...body.rows].sort((one, other) =>
      words(one).localeCompare(words(other), undefined, {numeric: true}));
    body.append(...(down ? rows.reverse() : rows));
  }));
}
"""
