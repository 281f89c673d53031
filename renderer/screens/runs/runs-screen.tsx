// All score runs: to find, to compare with a baseline, to use again, and to share as bundles.
import type { TFunction } from 'i18next';
import { BarChart3, ChevronDown, ListOrdered, Package, Trash2, Weight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { chooseFiles } from '../../files/hand-over.ts';
import { writeFile } from '../../files/write-file.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { DataTable } from '../../kit/data-table.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { asFileName } from '../../kit/file-name.ts';
import { matcher } from '../../kit/matcher.ts';
import { Menu } from '../../kit/menu.tsx';
import kit from '../../kit/primitives.module.css';
import { Screen } from '../../kit/screen.tsx';
import { SearchField } from '../../kit/search-field.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import type { Sort } from '../../kit/table-sorting.ts';
import { showToast } from '../../kit/toast.tsx';
import { callEngine, useCall } from '../../state/calls.ts';
import { deleteWithUndo } from '../../state/delete-with-undo.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { go } from '../../state/navigation.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { useViewState } from '../../state/settings.ts';
import { choose } from '../../state/trail.ts';
import { ModelChoices, useMeasuredChoices } from '../../verdict/model-choices.tsx';
import { RunComparison } from './run-comparison.tsx';
import { useRunColumns } from './run-columns.tsx';
import { RunFiles } from './run-files.tsx';
import { Searches } from './searches.tsx';
import styles from './runs.module.css';

export function RunsScreen(): ReactNode {
  const { t } = useTranslation();
  const { data: runs, error } = useCall('runs.list', {});
  if (error !== null) {
    return (
      <Screen title={t('runs.title')}>
        <ErrorPanel error={error.toData()} />
      </Screen>
    );
  }
  if (runs === undefined) {
    return (
      <Screen title={t('runs.title')}>
        <SkeletonRows rows={12} />
      </Screen>
    );
  }
  return runs.length === 0 ? <NoRuns /> : <RunTable runs={runs} />;
}

function NoRuns(): ReactNode {
  const { t } = useTranslation();
  return (
    <Screen title={t('runs.title')}>
      <EmptyState icon={BarChart3} title={t('runs.emptyTitle')} text={t('runs.emptyText')}>
        <Button variant="primary" onPress={() => go('score')}>
          {t('runs.goScore')}
        </Button>
        <Button icon={Package} onPress={() => void chooseFiles('bundle')}>
          {t('runs.open')}
        </Button>
      </EmptyState>
    </Screen>
  );
}

/** Returns the text of a run that is searched. @param state as the table shows it */
function textOf({ modelName, domain, settings }: Run, state: string): string {
  return [modelName, domain, state, ...Object.values(settings)].join(' ');
}

const keyOf = ({ id }: Run): string => String(id);
const NEWEST_FIRST: Sort = { column: 'started', descending: true };
const NONE: ReadonlySet<string> = new Set();

function RunTable({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  const { t } = useTranslation();
  const [search, setSearch] = useKeptState('runs.search', '');
  const [sort, setSort] = useKeptState('runs.sort', NEWEST_FIRST);
  const [selected, setSelected] = useKeptState('runs.selected', NONE);
  const [baselineId, setBaseline] = useViewState('runs.baseline', z.int().nullable(), null);
  const baseline = runs.find(({ id }) => id === baselineId);
  const columns = useRunColumns(baseline, setBaseline);
  const isFound = matcher(search);
  const shown = runs.filter((run) => isFound(textOf(run, t(`runs.states.${run.state}`))));
  const chosen = shown.filter(({ id }) => selected.has(String(id)));
  return (
    <Screen
      title={t('runs.title')}
      lead={t(chosen.length === 0 ? 'runs.leadNone' : 'runs.lead', { count: runs.length })}
      action={chosen.length > 0 && <RunActions chosen={chosen} />}
    >
      <div className={styles.filter}>
        <SearchField label={t('runs.search')} value={search} onChange={setSearch} />
      </div>
      <DataTable
        label={t('runs.title')}
        columns={columns}
        rows={shown}
        rowKey={keyOf}
        sort={sort}
        onSortChange={setSort}
        selectionMode="multiple"
        selectedKeys={selected}
        onSelectionChange={setSelected}
        onRowAction={(run) => takeRuns([run])}
        onDelete={() => void deleteRuns(chosen, t)}
        isAsHighAsRows
        empty={<p className={kit.noRows}>{t('runs.noMatch')}</p>}
      />
      <Searches />
      <ComparedChoices />
      <RunFiles chosen={chosen} />
      {chosen.length > 0 && <RunComparison chosen={chosen} baseline={baseline} />}
    </Screen>
  );
}

/** The measured choices of the trail's model. */
function ComparedChoices(): ReactNode {
  const { t } = useTranslation();
  if ((useMeasuredChoices()?.length ?? 0) === 0) return null;
  return (
    <section className={classNames(kit.stack2, styles.choices)} aria-label={t('verdict.picture.title')}>
      <h2>{t('verdict.picture.title')}</h2>
      <ModelChoices />
    </section>
  );
}

/** Puts runs of one model into the trail, in its order, and opens Choose. */
function takeRuns(runs: readonly Run[]): void {
  choose({ runIds: runs.map(({ id }) => id) });
  go('choose');
}

/** @param chosen at least one */
function RunActions({ chosen }: { readonly chosen: readonly Run[] }): ReactNode {
  const { t } = useTranslation();
  const models = new Set(chosen.map(({ modelId, modelName }) => modelId ?? modelName));
  const reason =
    models.size > 1
      ? t('runs.reasonModels')
      : chosen.some(({ scoredDemos }) => scoredDemos === 0)
        ? t('runs.reasonEmpty', { count: chosen.length })
        : null;
  const [only] = chosen;
  return (
    <>
      <Button variant="primary" disabledReason={reason} onPress={() => takeRuns(chosen)}>
        {t('runs.use', { count: chosen.length })}
      </Button>
      {chosen.length === 1 && only && <SaveMenu run={only} />}
      <Button variant="quiet" icon={Trash2} onPress={() => void deleteRuns(chosen, t)}>
        {t('runs.delete', { count: chosen.length })}
      </Button>
    </>
  );
}

/** What can be saved of a run. */
function SaveMenu({ run }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  return (
    <Menu
      label={t('runs.save')}
      trigger={<Button icon={ChevronDown}>{t('runs.save')}</Button>}
      entries={[
        {
          id: 'bundle',
          icon: Package,
          label: t('runs.bundle'),
          onSelect: () => void saveBundle(run, t).catch(reportFailure),
        },
        ...(run.scoredDemos > 0
          ? [
              {
                id: 'ranking',
                icon: ListOrdered,
                label: t('runs.ranking'),
                onSelect: () => void saveRanking(run, t).catch(reportFailure),
              },
            ]
          : []),
        ...(run.importance && run.state === 'done'
          ? [
              {
                id: 'importance',
                icon: Weight,
                label: t('runs.importance'),
                onSelect: () => void saveImportance(run, t).catch(reportFailure),
              },
            ]
          : []),
      ]}
    />
  );
}

async function saveBundle(run: Run, t: TFunction): Promise<void> {
  const target = await writeFile('bundle', asFileName(`${run.modelName}-${run.domain}.winnow`), (target) =>
    callEngine('runs.exportBundle', { runId: run.id, target }),
  );
  if (target === null) return;
  showToast(t('kit.saved', { name: target.name }));
}

async function saveRanking(run: Run, t: TFunction): Promise<void> {
  const name = asFileName(`${run.modelName}-${run.domain}.ranking.json`);
  const target = await writeFile('ranking', name, (target) =>
    callEngine('runs.exportRanking', {
      runId: run.id,
      criterion: 'easy-ep',
      tokens: null,
      form: 'winnow',
      target,
    }),
  );
  if (target === null) return;
  showToast(t('kit.saved', { name: target.name }));
}

async function saveImportance(run: Run, t: TFunction): Promise<void> {
  const name = asFileName(`${run.modelName}-${run.domain}.imatrix.gguf`);
  const target = await writeFile('imatrix', name, (target) =>
    callEngine('runs.exportImportance', { runId: run.id, target }),
  );
  if (target === null) return;
  showToast(t('kit.saved', { name: target.name }));
}

/** Deletes runs in a way that can be undone. */
async function deleteRuns(runs: readonly Run[], t: TFunction): Promise<void> {
  if (runs.length === 0) return;
  const runIds = runs.map(({ id }) => id);
  await deleteWithUndo(() => callEngine('runs.delete', { runIds }), t('runs.deleted', { count: runs.length }));
}
