// The history of the choice: each change, and a way back to any state.
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from 'react-aria-components';
import type { SelectionHistory, SelectionState } from '../../../electron/contract/api/selections.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { useCall } from '../../state/calls.ts';
import { selectionChoice } from '../../state/choosing.ts';
import { choose } from '../../state/trail.ts';
import { changesOf, type Change } from './changes.ts';
import part from './choose.module.css';
import styles from './history.module.css';

type HistoryProps = {
  readonly history: SelectionHistory;
  /** The current state; undefined: it is not stored yet. */
  readonly shownId: number | undefined;
};

export function History({ history: { states }, shownId }: HistoryProps): ReactNode {
  const { t } = useTranslation();
  const textOf = useChangeText();
  const byId = new Map(states.map((state) => [state.id, state]));
  return (
    <section className={classNames(kit.stack2, part.part)} aria-label={t('choose.history')}>
      <h3>{t('choose.history')}</h3>
      <ol className={styles.states}>
        {states.map((state) => (
          <State
            key={state.id}
            state={state}
            text={textOf(state, state.parentId === null ? undefined : byId.get(state.parentId))}
            isShown={state.id === shownId}
          />
        ))}
      </ol>
    </section>
  );
}

type StateProps = { readonly state: SelectionState; readonly text: string; readonly isShown: boolean };

function State({ state, text, isShown }: StateProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li {...(isShown && { 'aria-current': 'true' })}>
      <Button className={styles.state ?? ''} onPress={() => choose(selectionChoice(state))}>
        <span className={kit.accent}>{isShown && <Check size={13} strokeWidth={2.5} aria-hidden />}</span>
        <span className={styles.change}>
          {state.isNamed && <strong>{state.name} </strong>}
          {text}
        </span>
        <span className={styles.kept}>{t('choose.keptOf', { keep: state.keep, total: state.nExpert })}</span>
        <time
          className={styles.when}
          dateTime={new Date(state.createdMs).toISOString()}
          title={format.date(state.createdMs)}
        >
          {format.when(state.createdMs)}
        </time>
      </Button>
    </li>
  );
}

/** Returns a function that describes a change: "16 → 24 experts, 2 pinned". */
function useChangeText(): (state: SelectionState, before: SelectionState | undefined) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const runs = useCall('runs.list', {}).data ?? [];
  const text = (change: Change): string => {
    switch (change.kind) {
      case 'keep':
        return t('choose.change.keep', change);
      case 'criterion':
        return t(`experts.criteria.${change.criterion}.name`);
      case 'tokens':
        return t(`experts.tokenChoices.${change.tokens}.name`);
      case 'superExperts':
        return t(`choose.change.superExperts.${change.superExperts}`);
      case 'runs':
        return t('choose.change.runs', { domains: format.list(domainsOf(change.runIds, runs)) });
      case 'mix':
        return t(`choose.mixes.${change.mix}`);
      case 'grouping':
        return t(`choose.groupings.${change.grouping}`);
      case 'activeExperts':
        return change.active === null
          ? t('choose.change.activeExpertsAll')
          : t('choose.change.activeExperts', { active: change.active });
      default:
        return t(`choose.change.${change.kind}`, { count: change.count });
    }
  };
  return (state, before) => {
    if (before === undefined) return t('choose.change.first');
    const changes = changesOf(before, state);
    return changes === null || changes.length === 0 ? t('choose.change.other') : changes.map(text).join(', ');
  };
}

function domainsOf(runIds: readonly number[], runs: readonly Run[]): string[] {
  return runIds.flatMap((id) => runs.find((run) => run.id === id)?.domain ?? []);
}
