// Makes the report as one self-contained HTML file: no script, no external font or picture.
import type { ReportFile } from '../../../contract/report-file.ts';
import { spokenOf } from '../../../contract/text/languages.ts';
import { voiceIn } from '../../../contract/text/words.ts';
import { comparedSection, evaluationSection } from './evaluation-section.ts';
import {
  commandsSection,
  fileSection,
  hashesSection,
  modelSection,
  promisesSection,
  sourcesSection,
} from './fact-sections.ts';
import { examplesSection, generationSection } from './generation-section.ts';
import { html, Markup } from './html.ts';
import { numberFormats } from './numbers.ts';
import { foreign, type Voice } from './parts.ts';
import { planSection } from './plan-section.ts';
import { REPORT_STYLE } from './style.ts';
import { summarySection } from './summary-section.ts';

/**
 * The page, which shows the report's data and nothing else.
 * @param language a tag such as "ja"; English is used for languages that Winnow does not support
 */
export async function reportPage(report: ReportFile, language: string): Promise<string> {
  const { say } = await voiceIn(language);
  const tag = tagOf(language);
  const voice: Voice = { language: tag, say, format: numberFormats(tag) };
  const name = [report.model.name, report.plan?.name ?? report.file?.name ?? '']
    .filter((part) => part !== '')
    .join(' · ');
  const page = html`<!doctype html>
    <html lang="${tag}">
      <head>
        <meta charset="utf-8" />
        <meta name="generator" content="Winnow" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="color-scheme" content="light dark" />
        <title>${`${say('report.title')} · ${name}`}</title>
        <style>
          ${new Markup(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <header>
          <p class="note">${say('report.title')}</p>
          <h1>${foreign(name)}</h1>
          <p class="note">
            ${voice.format.date(report.made)} ${say('report.utc')} ·
            ${say('report.madeBy', { winnow: report.made_by.winnow, llama: report.made_by.llama_cpp })}
          </p>
        </header>
        <main>
          ${[
            summarySection(report, voice),
            comparedSection(report, voice),
            generationSection(report, voice),
            planSection(report, voice),
            evaluationSection(report, voice),
            examplesSection(report, voice),
            fileSection(report, voice),
            promisesSection(report, voice),
            modelSection(report, voice),
            sourcesSection(report, voice),
            hashesSection(report, voice),
            commandsSection(report, voice),
          ]}
        </main>
      </body>
    </html> `;
  return page.text;
}

/** The tag for formatting numbers: the requested one if it belongs to the page's language. */
function tagOf(asked: string): string {
  const spoken = spokenOf([asked]);
  if (asked.toLowerCase().split('-')[0] !== spoken) return spoken;
  try {
    return Intl.getCanonicalLocales(asked)[0] ?? spoken;
  } catch {
    return spoken;
  }
}
