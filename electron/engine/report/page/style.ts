// The report's style sheet: light and dark as the reader's system says, black on white on paper.

export const REPORT_STYLE = `
:root { --bg: #f7f8f9; --sheet: #ffffff; --text: #1a1f24; --dim: #56606a; --line: #dbe0e4; --accent: #0a6a6a; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #15191c; --sheet: #1c2125; --text: #e3e7ea; --dim: #9ca7b0; --line: #2b3237; --accent: #52bdb4; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 32px 24px 64px; max-width: 1240px; background: var(--bg); color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Hiragino Sans', 'Yu Gothic UI', 'Noto Sans CJK JP', sans-serif;
  font-variant-numeric: tabular-nums;
}
header { margin-bottom: 24px; }
h1 { margin: 0; font-size: 24px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 16px; color: var(--accent); }
h3 { margin: 20px 0 8px; font-size: 14px; }
section { margin-bottom: 16px; padding: 20px 24px; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; }
.note, small, dt { color: var(--dim); }
.note { margin: 8px 0 0; max-width: 90ch; }
small { font-weight: normal; }
dl { margin: 0; }
dl + dl { margin-top: 16px; padding-top: 16px; border-top: 1px solid var(--line); }
dl > div { display: grid; grid-template-columns: minmax(120px, 220px) 1fr; gap: 16px; padding: 2px 0; }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: 12px/1.5 ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
figure { margin: 0; }
figure, .wide { overflow-x: auto; }
svg { max-width: 100%; height: auto; }
summary { cursor: pointer; padding: 8px 0; color: var(--accent); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { color: var(--dim); font-weight: 600; overflow-wrap: normal; word-break: keep-all; }
.number { text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
.list { font-size: 12px; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 0 32px; }
.columns h3 { margin-top: 0; }
ul { margin: 0; padding-left: 20px; }
li + li { margin-top: 6px; }
@media (max-width: 720px) { section { padding: 16px; } dl > div { grid-template-columns: 1fr; gap: 0; padding: 4px 0; } }
@media print {
  :root { --bg: #ffffff; --sheet: #ffffff; --text: #000000; --dim: #444444; --line: #bbbbbb; --accent: #000000; }
  @page { margin: 16mm; }
  body { padding: 0; max-width: none; font-size: 10.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section { padding: 0 0 8px; border: 0; border-radius: 0; }
  h2, h3, tr, figure, dl > div { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  thead { display: table-header-group; }
}
`;
