// What the command line names by a file: the full model, a file that was written from a selection, a selection's preview. With that,
// what is measured of it belongs to the selection, as what the interface measures does.
import { displayNameOf } from '../../base/files/display-path.ts';
import { basename, extname } from 'node:path';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { modelIdOfSync } from '../../models/library/model-on-disk.ts';
import { domainsOf, hashFinder, selectionView } from '../../experts/selections/selection-view.ts';
import { activeExpertsOf, findSelection } from '../../write/pruning/provenance.ts';
import type { Store } from '../../store/database.ts';
import { listDomains } from '../../store/domains.ts';
import { listExports } from '../../store/exports.ts';
import { findModel } from '../../store/models.ts';
import type { Compared } from './comparison-request.ts';

type Kept = readonly (readonly number[])[];

/** `variant` null: a mask that no selection keeps. */
export type NamedSubject = Pick<Compared, 'label' | 'selectionHash' | 'selectionId' | 'domains'> & {
  readonly variant: Compared['variant'] | null;
};

type NamedFile = NamedSubject & Pick<Compared, 'variant'>;

type Belonging = Pick<Compared, 'selectionHash' | 'selectionId' | 'domains'>;

/** The selection that a file was written from, if Winnow wrote it, known by every byte: wherever it lies, whatever lay there. */
export function belongingOf(store: Store, { fingerprint }: Pick<ModelInfo, 'fingerprint'>): Belonging {
  const written = listExports(store).find((row) => row.state === 'done' && row.fingerprint === fingerprint);
  const { selectionId = null, domains = [] } = written?.plan ?? {};
  const selectionHash = written?.plan.selectionHash ?? hashFinder(store)(selectionId);
  return { selectionHash, selectionId, domains: domains.length > 0 ? [...domains] : null };
}

/** A file as it is. One that Winnow wrote belongs to the selection that it was written from. */
export function namedFile(store: Store, info: Pick<ModelInfo, 'path' | 'fingerprint'>): NamedFile {
  return { ...atPath(info.path), ...belongingOf(store, info) };
}

function atPath(path: string): Pick<NamedFile, 'variant' | 'label'> {
  return { variant: { kind: 'model', modelId: modelIdOfSync(path) }, label: displayNameOf(path) };
}

/** The same, to be measured: which file it is, and whose, turns out when it is read. */
export function fileAsItIs(path: string): Omit<Compared, keyof NamedFile> & NamedFile {
  return {
    ...atPath(path),
    ...{ selectionHash: null, selectionId: null, domains: null },
    ...{ path, fingerprint: null, kept: null, grouping: 'ungrouped', activeExperts: null },
  };
}

/**
 * A model under a mask, or with fewer active experts: the newest selection that keeps these experts.
 * @param kept null: all of them
 * @param activeExperts null: as many as the model says
 * @param name of the mask's file, for people
 */
export function namedPreview(
  store: Store,
  { fingerprint }: ModelInfo,
  { kept, activeExperts }: { readonly kept: Kept | null; readonly activeExperts: number | null },
  name: string,
): NamedSubject {
  const model = findModel(store, fingerprint);
  const selection = model && kept && findSelection({}, kept, model, store, activeExperts);
  if (!selection || activeExpertsOf(selection) !== activeExperts)
    return { variant: null, label: name, selectionHash: null, selectionId: null, domains: null };
  const domains = domainsOf(selection);
  const view = selectionView({ selection, model }, null);
  return {
    variant: { kind: 'preview', selectionId: selection.id, criterion: null, keep: null, mix: null },
    label: [view.name, view.criterion, 'preview'].filter((part) => part !== null).join(', '),
    selectionHash: view.hash,
    selectionId: selection.id,
    domains: domains.length > 0 ? domains : null,
  };
}

/**
 * The domain that files are of: the one that is named, else the one that is called as the first file is; null: nobody
 * says.
 */
export function domainOfFiles(store: Store, paths: readonly string[], named: string | undefined): string | null {
  if (named !== undefined) return named;
  const [first = ''] = paths;
  const stem = basename(first, extname(first));
  return listDomains(store).some(({ name }) => name === stem) ? stem : null;
}
