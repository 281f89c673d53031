// The main way through the window: a model, a domain, a memory size, and the best file for them.
import { FilePlus2, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { ExamplesOfDemos } from '../../files/examples-of-demos.tsx';
import { chooseFiles } from '../../files/hand-over.ts';
import { Preparing } from '../../jobs/preparing.tsx';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useShownSearch } from '../../state/best-search.ts';
import { useCall } from '../../state/calls.ts';
import { openSample } from '../../state/first-run.ts';
import { isActive } from '../../state/kept-jobs.ts';
import { useTrailDomain, useTrailModel } from '../../state/trail-items.ts';
import { Asking } from './asking.tsx';
import { Found } from './found.tsx';
import { ModelPart } from './model-part.tsx';
import styles from './new.module.css';
import { Searching, Stopped } from './searching.tsx';
import { WorkChoice } from './work-choice.tsx';

export function NewScreen(): ReactNode {
  const { t } = useTranslation();
  const model = useTrailModel();
  const domain = useTrailDomain();
  const isLoading = [useCall('library.list', {}), useCall('domains.list', {})].some(({ isPending }) => isPending);
  if (model?.state === 'ready' && domain !== null && domain.demos > 0) {
    return <WorkBest key={`${model.id} ${domain.id}`} model={model} domain={domain} />;
  }
  return (
    <Screen title={t('frame.screen.new')} lead={t('fit.lead')}>
      {isLoading ? (
        <SkeletonRows rows={8} />
      ) : (
        <div className={classNames(kit.stack5, styles.ask)}>
          <Preparing />
          <ModelPart model={model} />
          {model?.state === 'ready' && <NoWork />}
        </div>
      )}
    </Screen>
  );
}

/** No demos are chosen yet. */
function NoWork(): ReactNode {
  const { t } = useTranslation();
  const sets = (useCall('domains.list', {}).data ?? []).filter(({ demos }) => demos > 0);
  return (
    <section className={classNames(kit.stack3, kit.lineAbove)} aria-label={t('fit.forWhat')}>
      <h2>{t('fit.forWhat')}</h2>
      <p className={kit.lead}>{t('fit.noDemosText')}</p>
      <div className={kit.cluster}>
        <Button variant="primary" icon={FilePlus2} onPress={() => void chooseFiles('demos')}>
          {t('fit.addFiles')}
        </Button>
        {sets.length > 0 && <WorkChoice domain={null} />}
        <Button icon={Play} onPress={() => void openSample()}>
          {t('demos.sample')}
        </Button>
      </div>
      <ExamplesOfDemos />
    </section>
  );
}

type WorkBestProps = { readonly model: ModelEntry; readonly domain: Domain };

/** The last search for this domain unless another one is selected; without any search, its questions. */
function WorkBest({ model, domain }: WorkBestProps): ReactNode {
  const { t } = useTranslation();
  const shown = useShownSearch({ modelId: model.id, domainId: domain.id });
  const { data: searches, error } = useCall('fit.list', {}, { isOfFiles: true });
  if (searches === undefined) {
    return (
      <Screen title={t('frame.screen.new')}>
        {error === null ? <SkeletonRows rows={8} /> : <ErrorPanel error={error.toData()} />}
      </Screen>
    );
  }
  const own = searches.filter(({ modelId, domainId }) => modelId === model.id && domainId === domain.id);
  const search = shown === 'new' ? undefined : (own.find(({ jobId }) => jobId === shown) ?? own[0]);
  // a search that was started just now is not in the list yet
  const isComing = typeof shown === 'number' && search?.jobId !== shown;
  if (search === undefined || isComing) {
    const result = own.find(({ found }) => found !== null) ?? null;
    return <Asking model={model} domain={domain} last={own[0] ?? null} result={result} isStarted={isComing} />;
  }
  if (isActive(search)) return <Searching search={search} />;
  return search.found === null ? <Stopped search={search} /> : <Found search={search} found={search.found} />;
}
