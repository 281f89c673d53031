// The main way through the window: a model, a domain, a memory size, and the best file for them.
import { Boxes, FilePlus2, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { ExamplesOfDemos } from '../../files/examples-of-demos.tsx';
import { chooseFiles } from '../../files/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useShownSearch } from '../../state/best-search.ts';
import { useCall } from '../../state/calls.ts';
import { openSample } from '../../state/first-run.ts';
import { isActive } from '../../state/kept-jobs.ts';
import { go } from '../../state/navigation.ts';
import { SCREEN_ICONS } from '../../state/screen-icons.ts';
import { useTrailDomain, useTrailModel } from '../../state/trail-items.ts';
import { Asking } from './asking.tsx';
import { Found } from './found.tsx';
import { Searching, Stopped } from './searching.tsx';

export function BestScreen(): ReactNode {
  const { t } = useTranslation();
  const model = useTrailModel();
  const domain = useTrailDomain();
  const isLoading = [useCall('library.list', {}), useCall('domains.list', {})].some(({ isPending }) => isPending);
  if (model?.state === 'ready' && domain !== null && domain.demos > 0) {
    return <WorkBest key={`${model.id} ${domain.id}`} model={model} domain={domain} />;
  }
  return (
    <Screen title={t('frame.screen.best')} lead={t('fit.lead')}>
      {isLoading ? (
        <SkeletonRows rows={8} />
      ) : model?.state !== 'ready' ? (
        <EmptyState icon={Boxes} title={t('fit.noModelTitle')} text={t('fit.noModelText')}>
          <Button variant="primary" onPress={() => go('models')}>
            {t('fit.goModels')}
          </Button>
        </EmptyState>
      ) : (
        <>
          <EmptyState icon={SCREEN_ICONS.best} title={t('fit.noDemosTitle')} text={t('fit.noDemosText')}>
            <Button variant="primary" icon={FilePlus2} onPress={() => void chooseFiles('demos')}>
              {t('fit.addFiles')}
            </Button>
            <Button icon={Play} onPress={() => void openSample()}>
              {t('demos.sample')}
            </Button>
          </EmptyState>
          <ExamplesOfDemos />
        </>
      )}
    </Screen>
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
      <Screen title={t('frame.screen.best')}>
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
