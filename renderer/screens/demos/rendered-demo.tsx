// The text that the model receives: with the chat template applied, its marks shown as marks, and cut as for scoring.
import { Info, Scissors, TriangleAlert } from 'lucide-react';
import { memo, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import type { CallResult } from '../../../electron/contract/api.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useSpoken } from '../../kit/speech.ts';
import { Switch } from '../../kit/switch.tsx';
import { useCall } from '../../state/calls.ts';
import { useSettings, useViewState } from '../../state/settings.ts';
import styles from './demo-inspector.module.css';
import { textRuns } from './text-runs.ts';

type Rendered = CallResult<'demos.rendered'>;

type RenderedDemoProps = {
  readonly demoId: number;
  readonly model: ModelEntry;
  readonly isPromptOnly: boolean;
};

export function RenderedDemo({ demoId, model, isPromptOnly }: RenderedDemoProps): ReactNode {
  const { t } = useTranslation();
  const maxTokens = useSettings()?.maxTokens ?? 0;
  const [showTokens, setShowTokens] = useViewState('demos.tokens', z.boolean(), false);
  const params = { demoId, modelId: model.id, maxTokens };
  const { data, error } = useCall('demos.rendered', params, { keepPrevious: true });
  if (error !== null) return <ErrorPanel error={error.toData()} />;
  if (data === undefined) return <SkeletonRows rows={10} />;
  return (
    <>
      <div className={classNames(kit.ends, styles.facts)}>
        <span>{t('demos.tokens', { count: data.tokens })}</span>
        <Switch isSelected={showTokens} onChange={setShowTokens}>
          {t('demos.showTokens')}
        </Switch>
      </div>
      <Notes rendered={data} isPromptOnly={isPromptOnly} />
      <RenderedText rendered={data} showTokens={showTokens} />
    </>
  );
}

type NotesProps = { readonly rendered: Rendered; readonly isPromptOnly: boolean };

function Notes({ rendered: { cut, tokens, pieces, warning }, isPromptOnly }: NotesProps): ReactNode {
  const { t } = useTranslation();
  const spoken = useSpoken();
  return (
    <>
      {cut && (
        <p className={classNames(kit.marked, kit.note)}>
          <Scissors size={14} aria-hidden />
          <span>{t('demos.cut', { count: tokens })}</span>
        </p>
      )}
      {pieces.length < tokens && (
        <p className={classNames(kit.marked, kit.note)}>
          <Info size={14} aria-hidden />
          <span>{t('demos.shownTokens', { count: pieces.length })}</span>
        </p>
      )}
      {isPromptOnly && (
        <p className={classNames(kit.marked, kit.note)}>
          <Info size={14} aria-hidden />
          <span>{t('demos.promptOnlyNote')}</span>
        </p>
      )}
      {warning !== null && (
        <p className={classNames(kit.marked, kit.small, kit.caution)}>
          <TriangleAlert size={14} aria-hidden />
          <span>{spoken(warning)}</span>
        </p>
      )}
    </>
  );
}

type RenderedTextProps = { readonly rendered: Rendered; readonly showTokens: boolean };

/** Memoised: thousands of tokens are rendered once, not whenever something beside them changes. */
const RenderedText = memo(function PlainRenderedText({ rendered, showTokens }: RenderedTextProps): ReactNode {
  const { t } = useTranslation();
  const { pieces, special } = rendered;
  const runs = useMemo(() => textRuns(pieces, special, showTokens), [pieces, special, showTokens]);
  return (
    <div
      className={classNames(kit.framed, kit.quoted, styles.text)}
      tabIndex={0}
      role="region"
      aria-label={t('demos.views.rendered')}
    >
      {runs.map(({ kind, text }, index) =>
        kind === 'special' ? (
          <mark key={index} className={styles.special} title={t('demos.special')}>
            {text}
          </mark>
        ) : (
          <span key={index} className={styles[kind]}>
            {text}
          </span>
        ),
      )}
    </div>
  );
});
