// Which experts stay. Everything is updated at once: size, memory, retained score, the picture of the kept experts, and what is stored.
import { SlidersHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { useTrailRuns } from '../../state/trail-items.ts';
import { Choosing } from './choosing.tsx';
import { useTakenUp } from './taken-up.ts';

export function ChooseScreen(): ReactNode {
  const { t } = useTranslation();
  const runs = useTrailRuns().filter(({ scoredDemos }) => scoredDemos > 0);
  const draft = useTakenUp(runs);
  const [first] = runs;
  const { isPending } = useCall('runs.list', {});
  if (isPending || (first !== undefined && draft === null)) {
    return (
      <Screen title={t('choose.title')}>
        <SkeletonRows rows={12} />
      </Screen>
    );
  }
  if (first === undefined || draft === null) {
    return (
      <Screen title={t('choose.title')}>
        <EmptyState icon={SlidersHorizontal} title={t('choose.emptyTitle')} text={t('choose.emptyText')}>
          <Button variant="primary" onPress={() => go('score')}>
            {t('choose.goScore')}
          </Button>
        </EmptyState>
      </Screen>
    );
  }
  return <Choosing draft={draft} runs={runs} run={first} />;
}
