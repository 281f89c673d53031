// The report's tables of measurements: in and out of the plan's domains.
import { perplexityError } from '../../evaluation/statistics.ts';
import type { StoredComparison } from '../../evaluation/stored-comparison.ts';
import type { Voice } from './fact-sections.ts';
import { html, type Markup } from './html.ts';
import type { ReportContent } from '../report-content.ts';

export function evaluationSection(content: ReportContent, voice: Voice): Markup {
  const { strings } = voice;
  const { evaluations } = content;
  if (evaluations.length === 0) {
    return html`<section>
      <h2>${strings.evaluations}</h2>
      <p>${strings.noEvaluations}</p>
    </section>`;
  }
  const groups = [
    { title: strings.inDomain, is: true },
    { title: strings.outOfDomain, is: false },
    { title: strings.noDomain, is: null },
  ].map(({ title, is }) => ({ title, rows: evaluations.filter((row) => textInDomain(content, row) === is) }));
  return html`<section>
    <h2>${strings.evaluations}</h2>
    ${groups.map(({ title, rows }) =>
      rows.length === 0
        ? null
        : html`<h3>${title}</h3>
            ${table(rows, voice)}`,
    )}
    <p class="note">${strings.evaluationNote}</p>
  </section>`;
}

/** Whether the text belongs to a domain of the plan; the full model's rows, which have no plan, go with the others. */
function textInDomain({ plan, evaluations }: ReportContent, { settings: { text } }: StoredComparison): boolean | null {
  const domains = plan?.sources.map(({ domain }) => domain) ?? [];
  if (domains.length > 0) return domains.includes(text.domain);
  const told = evaluations.find(({ settings }) => settings.inDomain !== null && settings.text.domain === text.domain);
  return told?.settings.inDomain ?? null;
}

function table(rows: readonly StoredComparison[], voice: Voice): Markup {
  const names = voice.strings.evaluation;
  // the same text at two context lengths is two texts here
  const texts = new Map<string, StoredComparison[]>();
  for (const row of rows) {
    const key = `${row.settings.text.hash} ${row.result.ctx} ${row.result.tokens}`;
    texts.set(key, [...(texts.get(key) ?? []), row]);
  }
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">${names.text}</th>
          <th scope="col">${names.variant}</th>
          <th scope="col" class="number">${names.perplexity}</th>
          <th scope="col" class="number">${names.klMean}</th>
          <th scope="col" class="number">${names.klP99}</th>
          <th scope="col" class="number">${names.top1}</th>
        </tr>
      </thead>
      ${[...texts.values()].map((ofText) => textRows(ofText, voice))}
    </table>
  </div>`;
}

/** The full model first, then as measured. */
function textRows(rows: readonly StoredComparison[], voice: Voice): Markup {
  const { strings, format } = voice;
  const compared = ({ result }: StoredComparison): number => (result.klMean === undefined ? 0 : 1);
  const ordered = [...rows].sort((a, b) => compared(a) - compared(b) || a.id - b.id);
  return html`<tbody>
    ${ordered.map((row, i) => {
      const { result, settings } = row;
      const tokens = format.whole(result.tokens);
      const about = strings.evaluation.textValue(settings.text.domain, tokens, format.whole(result.ctx));
      const name = html`<th scope="rowgroup" rowspan="${rows.length}">
        ${settings.text.name}<br /><small>${about}</small>
      </th>`;
      return html`<tr>
        ${i === 0 ? name : null}
        <td>${settings.label}</td>
        ${figures(result, voice)}
      </tr>`;
    })}
  </tbody>`;
}

function figures(result: StoredComparison['result'], { format }: Voice): Markup {
  const { klMean, klMeanStderr, klP99, top1Agreement, top1Stderr } = result;
  const number = (text: string | null): Markup => html`<td class="number">${text ?? '–'}</td>`;
  return html`${number(format.withError(result.perplexity, perplexityError(result)))}${number(
    klMean === undefined ? null : format.withError(klMean, klMeanStderr ?? 0),
  )}${number(klP99 === undefined ? null : format.short(klP99))}${number(
    top1Agreement === undefined ? null : format.percentWithError(top1Agreement, top1Stderr ?? 0),
  )}`;
}
