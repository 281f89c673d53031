// All texts in Japanese, by area.
import choose from './choose.json' with { type: 'json' };
import demos from './demos.json' with { type: 'json' };
import errors from './errors.json' with { type: 'json' };
import experts from './experts.json' with { type: 'json' };
import exporting from './export.json' with { type: 'json' };
import files from './files.json' with { type: 'json' };
import findings from './findings.json' with { type: 'json' };
import fit from './fit.json' with { type: 'json' };
import frame from './frame.json' with { type: 'json' };
import generation from './generation.json' with { type: 'json' };
import heatmap from './heatmap.json' with { type: 'json' };
import kit from './kit.json' with { type: 'json' };
import models from './models.json' with { type: 'json' };
import prove from './prove.json' with { type: 'json' };
import report from './report.json' with { type: 'json' };
import score from './score.json' with { type: 'json' };
import sentences from './sentences.json' with { type: 'json' };
import settings from './settings.json' with { type: 'json' };
import system from './system.json' with { type: 'json' };
import terms from './terms.json' with { type: 'json' };
import trying from './try.json' with { type: 'json' };
import verdict from './verdict.json' with { type: 'json' };

export const texts = {
  choose,
  demos,
  errors,
  experts,
  export: exporting,
  files,
  findings,
  fit,
  frame,
  generation,
  heatmap,
  kit,
  models,
  prove,
  report,
  score,
  sentences,
  settings,
  system,
  terms,
  try: trying,
  verdict,
};
