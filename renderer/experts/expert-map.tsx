// The heatmap with what belongs to it on every screen: its scale and order, its table, and saving it.
import { Download } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { Heatmap } from '../heatmap/heatmap.tsx';
import { HeatmapTable } from '../heatmap/heatmap-table.tsx';
import type { HeatmapHandle, HeatmapProps, HeatmapView } from '../heatmap/types.ts';
import { Button } from '../kit/button.tsx';
import { Menu } from '../kit/menu.tsx';
import { Segmented } from '../kit/segmented.tsx';
import { useViewState } from '../state/settings.ts';
import styles from './expert-map.module.css';
import { saveFile } from './save-file.ts';

const viewSchema = z.object({
  scale: z.enum(['share', 'log', 'rank']),
  order: z.enum(['score', 'index']),
  form: z.enum(['map', 'table']),
});

type View = z.infer<typeof viewSchema>;

type ExpertMapProps = Omit<HeatmapProps, keyof HeatmapView> & {
  /** A file name without its end. */
  readonly fileName: string;
  /** Further controls at the left. */
  readonly children?: ReactNode;
};

export function ExpertMap({ fileName, children, ...props }: ExpertMapProps): ReactNode {
  const { t } = useTranslation();
  const [handle, setHandle] = useState<HeatmapHandle | null>(null);
  const [view, setView] = useViewState<View>('experts.view', viewSchema, {
    scale: 'share',
    order: 'score',
    form: 'map',
  });
  const shown: HeatmapProps = { ...props, scale: view.scale, order: view.order, mode: 'score' };
  return (
    <div className={styles.map}>
      <div className={styles.controls}>
        {children}
        <Segmented
          label={t('experts.scale')}
          segments={(['share', 'log', 'rank'] as const).map((id) => ({ id, label: t(`experts.scales.${id}`) }))}
          value={view.scale}
          onChange={(scale) => setView({ ...view, scale })}
        />
        <Segmented
          label={t('experts.order')}
          segments={(['score', 'index'] as const).map((id) => ({ id, label: t(`experts.orders.${id}`) }))}
          value={view.order}
          onChange={(order) => setView({ ...view, order })}
        />
        <Segmented
          label={t('experts.form')}
          segments={(['map', 'table'] as const).map((id) => ({ id, label: t(`experts.forms.${id}`) }))}
          value={view.form}
          onChange={(form) => setView({ ...view, form })}
        />
        {view.form === 'map' && (
          <Menu
            label={t('experts.save')}
            trigger={<Button icon={Download}>{t('experts.save')}</Button>}
            entries={(['png', 'svg', 'csv'] as const).map((id) => ({
              id,
              label: t(`experts.saveAs.${id}`),
              onSelect: () => void save(id, handle, fileName),
            }))}
          />
        )}
      </div>
      <div className={styles.stage}>
        {view.form === 'map' ? <Heatmap {...shown} ref={setHandle} /> : <HeatmapTable {...shown} />}
      </div>
    </div>
  );
}

async function save(kind: 'png' | 'svg' | 'csv', handle: HeatmapHandle | null, name: string): Promise<void> {
  if (handle === null) return;
  const content = {
    png: () => handle.toPng(),
    svg: () => Promise.resolve(new Blob([handle.toSvg()], { type: 'image/svg+xml' })),
    csv: () => Promise.resolve(new Blob([handle.toCsv()], { type: 'text/csv' })),
  };
  saveFile(`${name}.${kind}`, await content[kind]());
}
