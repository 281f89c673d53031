// The report as one HTML file that needs nothing else: no script, no font, no picture from outside.
import { displayPathOf } from '../../files/display-path.ts';
import { evaluationSection } from './evaluation-section.ts';
import { fileSection, modelSection, planSection, runSections, textHashes, type Voice } from './fact-sections.ts';
import { html, Markup } from './html.ts';
import { numberFormats } from './numbers.ts';
import type { ReportContent } from '../report-content.ts';
import { reportLanguage } from './strings.ts';
import { REPORT_STYLE } from './style.ts';

/** @param language a tag such as "ja"; English for those that the report does not speak */
export function reportPage(content: ReportContent, language: string): string {
  const { tag, strings } = reportLanguage(language);
  const voice: Voice = { strings, format: numberFormats(tag) };
  const subject = content.plan?.name ?? (content.file ? displayPathOf(content.file.outputPath) : '');
  const title = [strings.title, subject].filter((part) => part !== '').join(' · ');
  const page = html`<!doctype html>
    <html lang="${tag}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${new Markup(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p class="note">${voice.format.date(content.madeMs)} · ${strings.madeBy(content.version, content.llama)}</p>
        </header>
        <main>
          ${[
            planSection(content, voice),
            evaluationSection(content, voice),
            fileSection(content, voice),
            promises(voice),
            modelSection(content, voice),
            runSections(content, voice),
            textHashes(content, voice),
          ]}
        </main>
      </body>
    </html> `;
  return page.text;
}

function promises({ strings }: Voice): Markup {
  const list = (items: readonly string[]): Markup =>
    html`<ul>
      ${items.map((item) => html`<li>${item}</li>`)}
    </ul>`;
  return html`<section>
    <h2>${strings.promises}</h2>
    <div class="columns">
      <div>
        <h3>${strings.does}</h3>
        ${list(strings.doesList)}
      </div>
      <div>
        <h3>${strings.doesNot}</h3>
        ${list(strings.doesNotList)}
      </div>
    </div>
  </section>`;
}
