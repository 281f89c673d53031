// winnow inspect MODEL.gguf
import type { Command } from 'commander';
import type { Inspected } from '../../contract/api/library.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { printableName } from '../../contract/printable.ts';
import { repairText } from '../../contract/repair.ts';
import { inEnglish } from '../../contract/sentences.ts';
import { WINNOW_KEYS } from '../../contract/winnow-keys.ts';
import { modelName } from '../../engine/models/model-files.ts';
import type { Context } from '../context.ts';

/** Adds `winnow inspect`. */
export function addInspect(program: Command, { call, toRead, output }: Context): void {
  program
    .command('inspect')
    .description('show what a GGUF model is and whether it can be pruned; reads the header only')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .option('--fingerprint', 'also identify the file; reads every byte once unless the file is known already')
    .action(async (path: string, { fingerprint = false }: { readonly fingerprint?: boolean }) => {
      const info = await call('library.inspect', { grant: toRead(path), identify: fingerprint });
      output.result(inspectDocument(info), inspectText(info));
    });
}

function inspectDocument(info: Inspected): unknown {
  return {
    path: info.displayPath,
    arch: info.arch,
    name: info.name,
    file_type: info.fileType,
    bytes: info.bytes,
    parts: info.parts,
    block_count: info.blockCount,
    moe_layers: info.moeLayers,
    nextn_layers: info.nextnLayers,
    scored_nextn_layers: info.predictionLayers ?? [],
    n_expert: info.nExpert,
    n_expert_used: info.nExpertUsed,
    n_expert_groups: info.nExpertGroups,
    ...widthDocument(info),
    expert_bytes: info.expertBytes,
    ...(info.repaired && { repaired: info.repaired }),
    context_length: info.contextLength,
    prunable: { ok: info.prunable.ok, reason: info.prunable.ok ? null : inEnglish(info.prunable.reason) },
    fingerprint: info.fingerprint,
  };
}

/** The two widths of a file whose experts have fewer neurons than those of the model that it was made from. */
function widthDocument({ provenance }: Inspected): { expert_width?: number; source_expert_width?: number } {
  const [width, source] = [provenance?.[WINNOW_KEYS.expertWidth], provenance?.[WINNOW_KEYS.sourceExpertWidth]];
  if (width === undefined || source === undefined) return {};
  return { expert_width: Number(width), source_expert_width: Number(source) };
}

function inspectText(info: Inspected): string {
  const share = info.bytes > 0 ? Math.round((100 * info.expertBytes) / info.bytes) : 0;
  const title = info.name.replace(/\s+/g, ' ').trim();
  const lines: [string, string][] = [
    ['model', modelName({ name: info.name, path: info.displayPath })],
    ...(title === '' ? [] : [['named inside', title] as [string, string]]),
    ['architecture', info.arch],
    ['quantisation', info.fileType],
    ['size', `${displayBytes(info.bytes)}${info.parts > 1 ? ` in ${info.parts} parts` : ''}`],
    ['layers', `${info.blockCount}, ${info.moeLayers.length} with experts`],
  ];
  if (info.nExpert > 0) {
    lines.push(['experts', `${info.nExpert} per layer, ${info.nExpertUsed} used per token`]);
    const { expert_width: width, source_expert_width: source } = widthDocument(info);
    if (width !== undefined) lines.push(['neurons', `${width} of ${source} in every expert`]);
    if (info.nExpertGroups > 1)
      lines.push(['groups', `${info.nExpertGroups}, ${info.nExpertGroupsUsed} used per token`]);
    if (info.nextnLayers.length > 0) {
      const isScored = info.predictionLayers !== undefined;
      const fate = isScored ? 'scored by running them' : 'not scored: llama.cpp cannot run them';
      lines.push([
        'predicting',
        `${info.nextnLayers.length} ${info.nextnLayers.length === 1 ? 'block' : 'blocks'}, ${fate}`,
      ]);
    }
    if (info.repaired) lines.push(['repaired', repairText(info.repaired)]);
    lines.push(['expert weights', `${displayBytes(info.expertBytes)} (${share} % of the file)`]);
  }
  if (info.fingerprint !== null) lines.push(['fingerprint', info.fingerprint]);
  lines.push(['can be pruned', info.prunable.ok ? 'yes' : `no: ${inEnglish(info.prunable.reason)}`]);
  return lines.map(([name, value]) => `${name.padEnd(15)} ${printableName(value)}`).join('\n');
}
