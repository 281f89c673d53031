// The size of the set in tokens of the chosen model, and whether that is enough.
import { CircleStop, Hash, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Popover } from '../../kit/popover.tsx';
import kit from '../../kit/primitives.module.css';
import { useSpoken } from '../../kit/speech.ts';
import { useFormat } from '../../kit/use-format.ts';
import { callKey, queryClient, useCall } from '../../state/calls.ts';
import { useJobs } from '../../state/jobs.ts';
import { isActive } from '../../state/kept-jobs.ts';
import { useSettings } from '../../state/settings.ts';
import { adviceFor, tokensAnExpert } from './advice.ts';
import styles from './demos.module.css';

/** Larger sets are counted only on request, since that takes seconds. */
const COUNTED_AT_ONCE = 500;

type TokenCountProps = { readonly domain: Domain; readonly model: ModelEntry | null };

export function TokenCount({ domain, model }: TokenCountProps): ReactNode {
  const { t } = useTranslation();
  const maxTokens = useSettings()?.maxTokens ?? 0;
  const params = { domainId: domain.id, modelId: model?.id ?? '', maxTokens };
  const isAutomatic = model !== null && domain.demos > 0 && domain.demos <= COUNTED_AT_ONCE;
  const isBusy = useJobs().some(isActive);
  const count = useCall('demos.count', params, { enabled: isAutomatic });
  // a large set is not counted again automatically, and the library does not mark its count as stale by itself
  const isOutdated = queryClient.getQueryState(callKey('demos.count', params))?.isInvalidated === true;
  const isOld = isOutdated && !count.isFetching;
  if (domain.demos === 0) return null;
  return (
    <div className={classNames(kit.cluster, styles.count)}>
      {count.error !== null && !count.isFetching && <ErrorPanel error={count.error.toData()} />}
      <p className={classNames(kit.cluster, styles.countLine)} role="status">
        {model === null && <span>{t('demos.noModel')}</span>}
        {count.isFetching && (
          <span>{t(isBusy ? 'demos.countingBeside' : 'demos.counting', { model: model?.name })}</span>
        )}
        {count.data !== undefined && model !== null && !count.isFetching && !isOld && (
          <Counted counted={count.data} model={model} />
        )}
      </p>
      {count.isFetching && (
        <Button
          size="small"
          icon={CircleStop}
          onPress={() => void queryClient.cancelQueries({ queryKey: callKey('demos.count', params) })}
        >
          {t('demos.stopCounting')}
        </Button>
      )}
      {model !== null && !count.isFetching && (count.data === undefined || isOld) && (
        <Button size="small" icon={Hash} onPress={() => void count.refetch()}>
          {t('demos.countTokens', { model: model.name })}
        </Button>
      )}
      <SetAdvice domain={domain} model={model} tokens={isOld ? null : (count.data?.tokens ?? null)} />
    </div>
  );
}

type CountedProps = { readonly counted: CallResult<'demos.count'>; readonly model: ModelEntry };

function Counted({ counted: { demos, tokens, longest, skipped, unwritten }, model }: CountedProps): ReactNode {
  const { t } = useTranslation();
  const spoken = useSpoken();
  const format = useFormat();
  return (
    <>
      <span>{t('demos.counted', { tokens: format.count(tokens), count: demos, model: model.name })}</span>
      <span className={kit.dim}>{t('demos.longest', { tokens: format.count(longest) })}</span>
      {skipped.length > 0 && (
        <Popover
          label={t('demos.skippedTitle')}
          trigger={
            <Button size="small" variant="quiet" icon={TriangleAlert}>
              {t('demos.skipped', { count: skipped.length })}
            </Button>
          }
        >
          {() => (
            <ul className={classNames(kit.stack2, styles.skipped)}>
              {skipped.map((reason, index) => (
                <li key={index}>{spoken(reason)}</li>
              ))}
            </ul>
          )}
        </Popover>
      )}
      {unwritten.map((part, index) => (
        <span key={index} className={classNames(kit.marked, kit.caution, styles.unwritten)}>
          <TriangleAlert size={14} aria-hidden />
          <span>{spoken(part)}</span>
        </span>
      ))}
    </>
  );
}

type SetAdviceProps = TokenCountProps & { readonly tokens: number | null };

function SetAdvice({ domain, model, tokens }: SetAdviceProps): ReactNode {
  const { t } = useTranslation();
  const experts = model?.details ?? null;
  const advice = adviceFor({ demos: domain.demos, tokens }, experts);
  const isCaution = advice === 'few' || advice === 'thin';
  const Icon = isCaution ? TriangleAlert : Info;
  const seen = tokens !== null && experts !== null ? Math.round(tokensAnExpert(tokens, experts)) : 0;
  return (
    <p className={classNames(kit.marked, isCaution ? kit.caution : kit.dim)}>
      <Icon size={14} aria-hidden />
      <span>{t(`demos.advice.${advice}`, { count: advice === 'thin' ? seen : domain.demos })}</span>
    </p>
  );
}
