// The heatmap with everything around it that all screens share: as a picture or a table, and in which order.
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { HeatmapTable } from '../heatmap/heatmap-table.tsx';
import { Heatmap } from '../heatmap/heatmap.tsx';
import type { HeatmapProps } from '../heatmap/types.ts';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { Segmented } from '../kit/segmented.tsx';
import { useViewState } from '../state/settings.ts';
import { Advanced } from './advanced.tsx';
import styles from './expert-map.module.css';

const viewSchema = z.object({ order: z.enum(['score', 'index']), form: z.enum(['map', 'table']) });
type View = z.infer<typeof viewSchema>;

const FIRST_VIEW: View = { order: 'score', form: 'map' };

type ExpertMapProps = Omit<HeatmapProps, 'order'> & {
  /** Further controls, for advanced users. */
  readonly children?: ReactNode;
  /** Content at the right end of the controls. */
  readonly end?: ReactNode;
};

export function ExpertMap({ children, end, ...props }: ExpertMapProps): ReactNode {
  const [view, setView] = useViewState('experts.view', viewSchema, FIRST_VIEW);
  const Form = view.form === 'map' ? Heatmap : HeatmapTable;
  return (
    <div className={classNames(kit.stack3, styles.map)}>
      <div className={classNames(kit.stack, styles.stage)}>
        <Form {...props} order={view.order} />
      </div>
      <div className={classNames(kit.chips, styles.controls)}>
        <FormControl view={view} onChange={setView} />
        {end !== undefined && <div className={styles.end}>{end}</div>}
      </div>
      <Advanced>
        {children}
        <OrderControl view={view} onChange={setView} />
      </Advanced>
    </div>
  );
}

type ControlProps = { readonly view: View; readonly onChange: (view: View) => void };

/** Independent of the choice that is drawn, so it is not rendered again when that changes. */
const OrderControl = memo(function OrderControl({ view, onChange }: ControlProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t('experts.order')}
      segments={(['score', 'index'] as const).map((id) => ({ id, label: t(`experts.orders.${id}`) }))}
      value={view.order}
      onChange={(order) => onChange({ ...view, order })}
    />
  );
});

const FormControl = memo(function FormControl({ view, onChange }: ControlProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t('experts.form')}
      isLabelHidden
      segments={(['map', 'table'] as const).map((id) => ({ id, label: t(`experts.forms.${id}`) }))}
      value={view.form}
      onChange={(form) => onChange({ ...view, form })}
    />
  );
});
