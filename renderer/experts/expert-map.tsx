// The heatmap with everything around it that all screens share: scale and order, table, and saving.
import { Download } from 'lucide-react';
import { memo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { HeatmapTable } from '../heatmap/heatmap-table.tsx';
import { Heatmap } from '../heatmap/heatmap.tsx';
import type { HeatmapHandle, HeatmapProps, HeatmapView } from '../heatmap/types.ts';
import { classNames } from '../kit/class-names.ts';
import { asFileName } from '../kit/file-name.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { Menu } from '../kit/menu.tsx';
import kit from '../kit/primitives.module.css';
import { Segmented } from '../kit/segmented.tsx';
import { reportFailure } from '../state/report-failure.ts';
import { useViewState } from '../state/settings.ts';
import { Advanced } from './advanced.tsx';
import styles from './expert-map.module.css';

const viewSchema = z.object({
  scale: z.enum(['share', 'log', 'rank']),
  order: z.enum(['score', 'index', 'other']),
  mode: z.enum(['score', 'difference']),
  form: z.enum(['map', 'table']),
});
type View = z.infer<typeof viewSchema>;

const FIRST_VIEW: View = { scale: 'share', order: 'score', mode: 'score', form: 'map' };

type ExpertMapProps = Omit<HeatmapProps, keyof HeatmapView> & {
  /** A file name without its extension. */
  readonly fileName: string;
  /** Further controls, for advanced users. */
  readonly children?: ReactNode;
  /** Content at the right end of the controls. */
  readonly end?: ReactNode;
};

export function ExpertMap({ fileName, children, end, ...props }: ExpertMapProps): ReactNode {
  const [handle, setHandle] = useState<HeatmapHandle | null>(null);
  const [view, setView] = useViewState('experts.view', viewSchema, FIRST_VIEW);
  const { scale, order, mode, form } = view;
  return (
    <div className={classNames(kit.stack3, styles.map)}>
      <div className={styles.stage}>
        {form === 'map' ? (
          <Heatmap {...props} scale={scale} order={order} mode={mode} ref={setHandle} />
        ) : (
          <HeatmapTable {...props} scale={scale} order={order} mode={mode} />
        )}
      </div>
      <div className={classNames(kit.chips, styles.controls)}>
        {props.other !== null && <ModeControl view={view} onChange={setView} />}
        <FormControl view={view} onChange={setView} />
        {form === 'map' && <SaveMenu handle={handle} fileName={fileName} />}
        {end !== undefined && <div className={styles.end}>{end}</div>}
      </div>
      <Advanced>
        {children}
        <ViewControls view={view} onChange={setView} isCompared={props.other !== null} />
      </Advanced>
    </div>
  );
}

type ViewControlsProps = {
  readonly view: View;
  readonly onChange: (view: View) => void;
  /** There are scores of a second run. */
  readonly isCompared: boolean;
};

/** Independent of the choice that is drawn, so they are not rendered again when it changes. */
const ViewControls = memo(function ViewControls({ view, onChange, isCompared }: ViewControlsProps): ReactNode {
  const { t } = useTranslation();
  const orders = isCompared ? (['score', 'index', 'other'] as const) : (['score', 'index'] as const);
  return (
    <div className={classNames(kit.chips, styles.controls)}>
      <Segmented
        label={t('experts.scale')}
        segments={(['share', 'log', 'rank'] as const).map((id) => ({ id, label: t(`experts.scales.${id}`) }))}
        value={view.scale}
        onChange={(scale) => onChange({ ...view, scale })}
      />
      <Segmented
        label={t('experts.order')}
        segments={orders.map((id) => ({ id, label: t(`experts.orders.${id}`) }))}
        value={orders.find((id) => id === view.order) ?? 'index'}
        onChange={(order) => onChange({ ...view, order })}
      />
    </div>
  );
});

type ControlProps = Pick<ViewControlsProps, 'view' | 'onChange'>;

const ModeControl = memo(function ModeControl({ view, onChange }: ControlProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t('experts.mode')}
      segments={(['score', 'difference'] as const).map((id) => ({ id, label: t(`experts.modes.${id}`) }))}
      value={view.mode}
      onChange={(mode) => onChange({ ...view, mode })}
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

type SaveMenuProps = { readonly handle: HeatmapHandle | null; readonly fileName: string };

const SaveMenu = memo(function SaveMenu({ handle, fileName }: SaveMenuProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Menu
      label={t('experts.save')}
      trigger={<IconButton icon={Download} variant="plain" label={t('experts.save')} />}
      entries={(['png', 'svg', 'csv'] as const).map((id) => ({
        id,
        label: t(`experts.saveAs.${id}`),
        onSelect: () => void save(id, handle, fileName).catch(reportFailure),
      }))}
    />
  );
});

async function save(kind: 'png' | 'svg' | 'csv', handle: HeatmapHandle | null, name: string): Promise<void> {
  if (handle === null) return;
  const content = {
    png: () => handle.toPng(),
    svg: () => Promise.resolve(new Blob([handle.toSvg()], { type: 'image/svg+xml' })),
    csv: () => Promise.resolve(new Blob([handle.toCsv()], { type: 'text/csv' })),
  };
  saveFile(asFileName(`${name}.${kind}`), await content[kind]());
}

/** Saves a file: on the desktop the system's dialog asks where; a browser stores a download. */
function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // the download has begun by that time
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
