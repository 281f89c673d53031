import { Maximize, Minus, Plus } from 'lucide-react';
import { memo, useSyncExternalStore, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { IconButton } from '../kit/icon-button.tsx';
import kit from '../kit/primitives.module.css';
import { useFormat } from '../kit/use-format.ts';
import styles from './heatmap.module.css';
import type { HeatmapSurface } from './surface.ts';

/** Zooms by mouse, for users who do not know the keys. */
export const ZoomButtons = memo(function ZoomButtons({ surface }: { readonly surface: HeatmapSurface }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const layout = useSyncExternalStore(surface.subscribe, () => surface.view()?.layout);
  const zoom = layout?.zoom ?? 1;
  return (
    <div className={classNames(kit.row, kit.tiny, styles.zoom)} role="group" aria-label={t('heatmap.zoom.label')}>
      <IconButton
        icon={Minus}
        size="small"
        label={t('heatmap.zoom.out')}
        keys="−"
        isDisabled={zoom <= 1}
        onPress={() => surface.zoom('out')}
      />
      <span className={styles.zoomFactor}>{t('heatmap.zoom.factor', { factor: format.count(zoom * 100) })}</span>
      <IconButton
        icon={Plus}
        size="small"
        label={t('heatmap.zoom.in')}
        keys="+"
        isDisabled={zoom >= (layout?.zoomMax ?? 1)}
        onPress={() => surface.zoom('in')}
      />
      <IconButton
        icon={Maximize}
        size="small"
        label={t('heatmap.zoom.fit')}
        keys="0"
        isDisabled={zoom <= 1}
        onPress={() => surface.zoom('fit')}
      />
    </div>
  );
});
