// Demo sets: the examples of a domain that are scored and, separate from them, the texts that measure the result.
import { FilePlus2, ListTree, Play, Plus, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { ExamplesOfDemos } from '../../files/examples-of-demos.tsx';
import { chooseFiles } from '../../files/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { openSample } from '../../state/first-run.ts';
import { SCREEN_ICONS } from '../../state/screen-icons.ts';
import { useTrailDomain, useTrailModel } from '../../state/trail-items.ts';
import { DemoList } from './demo-list.tsx';
import { DomainList } from './domain-list.tsx';
import styles from './demos.module.css';
import { HeldOutTexts } from './held-out-texts.tsx';
import { useNewDomain } from './new-domain.ts';
import { RespondPanel } from './respond-panel.tsx';

/** With fewer, chance decides which experts look important. */
const FEWEST_DEMOS = 5;

export function DemosScreen(): ReactNode {
  const { t } = useTranslation();
  const domains = useCall('domains.list', {});
  const domain = useTrailDomain();
  const model = useTrailModel();
  if (domains.error !== null || domains.data === undefined || domains.data.length === 0) {
    return (
      <Screen title={t('demos.title')}>
        {domains.error !== null && <ErrorPanel error={domains.error.toData()} />}
        {domains.isPending && <SkeletonRows rows={12} />}
        {domains.data?.length === 0 && <NoDomains />}
      </Screen>
    );
  }
  return (
    <Screen
      title={t('demos.title')}
      lead={t('demos.lead')}
      action={domain !== null && domain.demos > 0 && <GoBest model={model} />}
    >
      <div className={styles.columns}>
        <DomainList domains={domains.data} />
        {domain === null ? (
          <EmptyState icon={ListTree} title={t('demos.noneChosenTitle')} text={t('demos.noneChosenText')} />
        ) : (
          // search and selection belong to one set
          <div key={domain.id} className={classNames(kit.stack3, styles.set)}>
            {domain.demos > 0 && domain.demos < FEWEST_DEMOS && <FewDemos demos={domain.demos} />}
            <RespondPanel domain={domain} model={model} />
            <DemoList domain={domain} />
            <HeldOutTexts domain={domain} />
          </div>
        )}
      </div>
    </Screen>
  );
}

function FewDemos({ demos }: { readonly demos: number }): ReactNode {
  const { t } = useTranslation();
  return (
    <p className={classNames(kit.marked, kit.caution)}>
      <TriangleAlert size={14} aria-hidden />
      <span>{t('demos.few', { count: demos })}</span>
    </p>
  );
}

function NoDomains(): ReactNode {
  const { t } = useTranslation();
  const create = useNewDomain([], () => {});
  return (
    <>
      {create.error !== null && <ErrorPanel error={create.error.toData()} />}
      <EmptyState icon={ListTree} title={t('demos.emptyTitle')} text={t('demos.emptyText')}>
        <Button variant="primary" icon={FilePlus2} onPress={() => void chooseFiles('demos')}>
          {t('demos.addFiles')}
        </Button>
        <Button icon={Plus} onPress={create.start}>
          {t('demos.newSet')}
        </Button>
        <Button icon={Play} onPress={() => void openSample()}>
          {t('demos.sample')}
        </Button>
      </EmptyState>
      <ExamplesOfDemos />
    </>
  );
}

function GoBest({ model }: { readonly model: ModelEntry | null }): ReactNode {
  const { t } = useTranslation();
  const reason = model === null ? t('demos.reasonModel') : model.state === 'ready' ? null : t('demos.reasonState');
  return (
    <Button variant="primary" icon={SCREEN_ICONS.new} disabledReason={reason} onPress={() => go('new')}>
      {t('demos.goBest')}
    </Button>
  );
}
