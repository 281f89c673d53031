// Everything that the header says about a model, and where its file is.
import { FolderOpen, Info, ListX, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import { CopyButton } from '../../kit/copy-button.tsx';
import facts from '../../kit/facts.module.css';
import kit from '../../kit/primitives.module.css';
import { useTranslate } from '../../kit/translate.ts';
import { useFormat } from '../../kit/use-format.ts';
import { bridge } from '../../state/bridge.ts';
import { useCallMutation } from '../../state/calls.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { ModelFacts, Provenance } from './model-facts.tsx';
import { ModelState } from './model-state.tsx';
import { originName } from './origin-name.ts';
import styles from './models.module.css';
import { canBeRemoved, RemoveModel } from './remove-model.tsx';

type ModelDetailsProps = { readonly model: ModelEntry };

export function ModelDetails({ model }: ModelDetailsProps): ReactNode {
  const { t } = useTranslation();
  const { origin, state, details } = model;
  const provenance = details?.provenance ?? null;
  return (
    <div className={kit.stack4}>
      <p className={kit.chips}>
        <ModelState state={state} />
        <Badge>{originName(origin, t)}</Badge>
      </p>
      {details !== null && <Traps details={details} />}
      {details !== null && <ModelFacts model={model} details={details} />}
      {provenance !== null && <Provenance facts={provenance} />}
      <FileFacts model={model} />
    </div>
  );
}

/** Why a model cannot be made smaller. */
export function Reason({ model: { state, reason } }: { readonly model: ModelEntry }): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  if (state === 'ready') return null;
  const isProblem = state === 'refused' || state === 'unusable';
  const Icon = isProblem ? TriangleAlert : Info;
  return (
    <div className={classNames(kit.notice, kit.lead, styles.reason, isProblem && styles.caution)}>
      <Icon size={16} aria-hidden />
      <div>
        {isProblem && <p className={kit.strong}>{t(`models.cannot.${state}`)}</p>}
        {isProblem && reason !== null && <p>{translate(reason)}</p>}
        <p>{t(`models.explain.${state}`)}</p>
      </div>
    </div>
  );
}

/** Properties of the model that make pruning special. */
function Traps({ details }: { readonly details: NonNullable<ModelEntry['details']> }): ReactNode {
  const { t } = useTranslation();
  const { nExpertGroups, nextnLayers, predictionLayers } = details;
  const notes = [
    nExpertGroups > 1 && t('models.groupsNote', { groups: nExpertGroups }),
    nextnLayers > 0 && t(predictionLayers ? 'models.nextnScored' : 'models.nextnNote', { count: nextnLayers }),
  ].filter((note) => note !== false);
  return notes.map((note) => (
    <div key={note} className={classNames(kit.notice, kit.lead, styles.reason)}>
      <Info size={16} aria-hidden />
      <p>{note}</p>
    </div>
  ));
}

function FileFacts({ model }: ModelDetailsProps): ReactNode {
  const { t } = useTranslation();
  const [isRemoving, setRemoving] = useState(false);
  const format = useFormat();
  const reveal = useCallMutation('library.reveal', { onError: reportFailure });
  const { id, displayPath, bytes, parts, modifiedMs, lastUsedMs } = model;
  return (
    <section className={classNames(kit.stack2, kit.lineAbove)} aria-label={t('models.file')}>
      <h3>{t('models.file')}</h3>
      <p className={styles.path}>
        <code>{displayPath}</code>
        <CopyButton text={displayPath} label={t('models.copyPath')} isCompact />
      </p>
      <dl className={classNames(facts.grid, styles.facts)}>
        <dt>{t('models.size')}</dt>
        <dd>
          <Bytes value={bytes} />
          {parts > 1 && ` ${t('models.inParts', { count: parts })}`}
        </dd>
        <dt>{t('models.changed')}</dt>
        <dd>{format.date(modifiedMs)}</dd>
        <dt>{t('models.lastUsed')}</dt>
        <dd>{lastUsedMs === null ? t('models.never') : format.date(lastUsedMs)}</dd>
      </dl>
      <div className={kit.chips}>
        {bridge().host === 'desktop' && (
          <Button size="small" icon={FolderOpen} onPress={() => reveal.mutate({ modelId: id })}>
            {t('models.reveal')}
          </Button>
        )}
        {canBeRemoved(model) && (
          <Button size="small" icon={ListX} onPress={() => setRemoving(true)}>
            {t('models.remove')}
          </Button>
        )}
      </div>
      {isRemoving && <RemoveModel model={model} onClose={() => setRemoving(false)} />}
    </section>
  );
}
