// The report's style sheet: light or dark according to the reader's system, black on white on A4 paper.

export const REPORT_STYLE = `
:root {
  --bg: #f7f8f9; --sheet: #ffffff; --text: #1a1f24; --dim: #56606a; --line: #dbe0e4; --accent: #0a6a6a;
  --well: #f2f4f5; --good: #0a6a6a; --caution: #8a5a00; --loss: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #15191c; --sheet: #1c2125; --text: #e3e7ea; --dim: #9ca7b0; --line: #2b3237; --accent: #52bdb4;
    --well: #161a1d; --good: #52bdb4; --caution: #e0a63a; --loss: #f2857c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 32px 24px 64px; max-width: 1240px; background: var(--bg); color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Hiragino Sans', 'Yu Gothic UI', 'Noto Sans CJK JP', sans-serif;
  font-variant-numeric: tabular-nums;
}
header { margin-bottom: 24px; }
header .note { margin: 4px 0 0; }
h1 { margin: 0; font-size: 24px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 16px; color: var(--accent); }
h3 { margin: 20px 0 8px; font-size: 14px; }
section { margin-bottom: 16px; padding: 20px 24px; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; }
.note, small, dt { color: var(--dim); }
.note { margin: 8px 0 0; max-width: 90ch; }
small { display: block; font-size: 12px; font-weight: normal; }
.verdict { margin: 0 0 16px; padding: 2px 0 2px 12px; border-left: 4px solid var(--line); font-size: 18px; line-height: 1.4; font-weight: 600; }
.verdict.green { border-color: var(--good); }
.verdict.amber { border-color: var(--caution); }
.verdict.red { border-color: var(--loss); }
.verdict bdi.green { color: var(--good); }
.verdict bdi.amber { color: var(--caution); }
.verdict bdi.red { color: var(--loss); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 16px 24px; }
.tile { padding-top: 10px; border-top: 1px solid var(--line); }
.tile h3 { margin: 0; font-weight: 400; color: var(--dim); }
.tile .figure { margin: 2px 0; font-size: 26px; line-height: 1.25; }
.tile .note { margin: 0; }
.example { margin-top: 12px; padding-top: 12px; border-top: 1px solid var(--line); }
.example .note, .fault { margin: 8px 0 4px; }
.fault { color: var(--loss); }
.said {
  padding: 8px 12px; max-height: 260px; overflow: auto; background: var(--well); border-radius: 4px;
  white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; font-size: 13px;
}
.notices { margin-top: 20px; padding-top: 16px; border-top: 1px solid var(--line); }
dl { margin: 0; }
dl > div { display: grid; grid-template-columns: minmax(120px, 220px) 1fr; gap: 16px; padding: 2px 0; }
dd { margin: 0; overflow-wrap: anywhere; }
.source + .source { margin-top: 16px; padding-top: 16px; border-top: 1px solid var(--line); }
code { font: 12px/1.5 ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
pre { margin: 0; padding: 12px 16px; background: var(--well); border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 0; }
figure, .wide { overflow-x: auto; }
svg { max-width: 100%; height: auto; }
summary { cursor: pointer; padding: 8px 0; color: var(--accent); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
tbody th { font-weight: 600; }
thead th { color: var(--dim); font-weight: 600; overflow-wrap: normal; word-break: keep-all; vertical-align: bottom; }
td.number, th.number { text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
.list { font-size: 12px; }
.plot { width: 160px; }
.plot svg { display: block; min-width: 120px; }
.plot circle { fill: var(--accent); }
.plot path { stroke-width: 1.5; }
.plot .full { stroke: var(--dim); stroke-dasharray: 2 2; }
.plot .whisker { stroke: var(--accent); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 16px 32px; }
.columns h3 { margin-top: 0; }
ul { margin: 0; padding-left: 20px; }
li + li { margin-top: 6px; }
@media screen and (max-width: 720px) {
  body { padding: 16px 12px 32px; }
  section { padding: 16px; }
  dl > div { grid-template-columns: 1fr; gap: 0; padding: 4px 0; }
  .wide table { min-width: 560px; }
}
@media print {
  :root {
    --bg: #ffffff; --sheet: #ffffff; --text: #000000; --dim: #444444; --line: #bbbbbb; --accent: #000000;
    --well: #ffffff; --good: #000000; --caution: #000000; --loss: #000000;
  }
  @page { size: A4; margin: 16mm 14mm; }
  body { padding: 0; max-width: none; font-size: 9.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section { padding: 0 0 8px; border: 0; border-radius: 0; }
  small, .list { font-size: 8pt; }
  code { font-size: 8pt; }
  pre { padding: 0; }
  .said { max-height: none; padding: 4px 8px; border: 1px solid var(--line); font-size: 8.5pt; }
  .example .columns { grid-template-columns: 1fr 1fr; gap: 8px; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(110px, 1fr)); gap: 12px; }
  .tile .note { font-size: 8pt; }
  .tile .figure { font-size: 16pt; }
  th, td { padding: 4px 8px 4px 0; }
  td.number { font-size: 9pt; }
  .plot, .plot svg { width: 90px; min-width: 90px; }
  .wide { overflow: visible; }
  h2, h3, tr, figure, dl > div, .tile, li { break-inside: avoid; }
  h2, h3, summary { break-after: avoid; }
  thead { display: table-header-group; }
}
`;
