// Renders a card as one self-contained HTML file: no script, no link, nothing from elsewhere.
import { Marked } from 'marked';
import type { KeptExperts } from '../../contract/kept-experts.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { Locale } from '../../contract/text/i18n.ts';
import { blocksOfChoice } from '../models/prediction-blocks.ts';
import type { Card } from './card.ts';
import { cardText, cardTitle } from './model-card.ts';

const none = (): undefined => undefined;
/** What could be an element or an address stays text, although cards escape the names of strangers. */
const marked = new Marked({
  gfm: true,
  tokenizer: { html: none, tag: none, def: none, link: none, reflink: none, url: none, autolink: none },
});

/** Returns a model card as one HTML page. */
export function cardPage(card: Card, locale: Locale): string {
  const { language, t } = locale;
  const { selection, model } = card.subject;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8" />
<meta name="generator" content="Winnow" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
<meta name="color-scheme" content="light dark" />
<title>${escapeText(`${t('report.title')} · ${cardTitle(card)}`)}</title>
<style>${STYLE}</style>
</head>
<body>
${marked.parse(cardText(card, locale), { async: false })}
${selection ? keptPicture(selection.kept, model.info, t('report.picture')) : ''}
</body>
</html>
`;
}

const STYLE = `
body {
  margin: 0 auto; padding: 32px 24px; max-width: 1080px;
  font: 14px/1.5 system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Hiragino Sans', 'Yu Gothic UI', 'Noto Sans CJK JP', sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
h1 { font-size: 24px; }
h2 { margin: 32px 0 8px; font-size: 17px; }
table { display: block; overflow-x: auto; border-collapse: collapse; }
th, td { padding: 6px 16px 6px 0; border-bottom: 1px solid #8886; text-align: left; vertical-align: top; }
pre { padding: 12px 16px; background: #8882; border-radius: 4px; white-space: pre-wrap; }
code { overflow-wrap: anywhere; font: 12px/1.5 ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace; }
svg { max-width: 100%; height: auto; }
@media print {
  @page { size: A4; margin: 16mm 14mm; }
  body { padding: 0; max-width: none; font-size: 9.5pt; print-color-adjust: exact; }
}
`;

const CELL = 12;
const LEFT = 40;

/** Which experts of each layer are kept: a row a layer, a column an expert. */
function keptPicture(kept: KeptExperts, info: ModelInfo, label: string): string {
  const [width, height] = [LEFT + info.nExpert * CELL, kept.length * CELL];
  const blocks = blocksOfChoice(info, kept).map(
    (block, row) => `<text x="${LEFT - 6}" y="${row * CELL + CELL - 3}" text-anchor="end">${block}</text>`,
  );
  const squares = kept.flatMap((experts, row) =>
    experts.map((expert) => `M${LEFT + expert * CELL} ${row * CELL}h${CELL - 1}v${CELL - 1}h${1 - CELL}z`),
  );
  return [
    `<h2>${escapeText(label)}</h2>`,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escapeText(label)}" font-size="9" fill="currentColor">`,
    `<rect x="${LEFT}" width="${width - LEFT}" height="${height}" fill-opacity="0.08"/>`,
    ...blocks,
    `<path fill="#0a8a80" d="${squares.join('')}"/>`,
    '</svg>',
  ].join('\n');
}

/** Escapes text for content and quoted attributes in HTML and SVG. Control characters, which neither allows, are left out. */
export function escapeText(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
