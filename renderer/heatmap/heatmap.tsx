// Layers × experts as a picture that can be hovered over, navigated by keys, zoomed and marked.
import {
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
  type Ref,
} from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { cellDetails } from './cell-details.ts';
import { pixelColours } from './cell-pixels.ts';
import { cellColours } from './colour.ts';
import { HeatmapLegend } from './heatmap-legend.tsx';
import { HeatmapReadout } from './heatmap-readout.tsx';
import { HeatmapStage } from './heatmap-stage.tsx';
import styles from './heatmap.module.css';
import { HeatmapSurface } from './surface.ts';
import { currentTheme, watchTheme } from './theme.ts';
import type { HeatmapHandle, HeatmapProps } from './types.ts';
import { useCellText } from './use-cell-text.ts';
import { useCursor } from './use-cursor.ts';
import { useHeatmapExports } from './use-heatmap-exports.ts';
import { useHeatmapModel } from './use-heatmap-model.ts';
import { useChromeTexts, useScaleName } from './use-heatmap-texts.ts';
import { ZoomButtons } from './zoom-buttons.tsx';

/** The heatmap. Fills its parent, which must have a height and the background `--bg`. */
export function Heatmap({ ref, ...props }: HeatmapProps & { readonly ref?: Ref<HeatmapHandle> }): ReactNode {
  const { label, busy = false, describe } = props;
  const { t } = useTranslation();
  const model = useHeatmapModel(props);
  const { nLayers, nExpert } = model.data;
  const texts = useChromeTexts(model.order);
  const scaleName = useScaleName(model.scale, props.scale);
  const { sentence } = useCellText();
  const theme = useSyncExternalStore(watchTheme, currentTheme);
  const colours = useMemo(() => cellColours(model.scale.diverging, theme), [model.scale.diverging, theme]);
  const pixels = useMemo(() => pixelColours(colours, theme.bg), [colours, theme]);
  const drawing = useMemo(() => ({ model, texts, theme, colours: pixels }), [model, texts, theme, pixels]);
  const [surface] = useState(() => new HeatmapSurface());
  useLayoutEffect(() => surface.show(drawing), [surface, drawing]);
  const cursor = useCursor(surface, model, props);
  const details = cursor.cell === null ? null : cellDetails(model, cursor.cell, describe);
  const exports = useHeatmapExports({ drawing, colours, scaleName, label, describe });
  useImperativeHandle(ref, () => exports, [exports]);

  return (
    <div className={classNames(kit.stack, styles.heatmap)} aria-busy={busy}>
      <div className={styles.head}>
        <HeatmapLegend
          name={scaleName}
          scale={model.scale}
          colours={colours}
          hasKept={model.kept !== null}
          hasPins={props.pins.length > 0}
          hasDrops={props.drops.length > 0}
          hasUnscored={busy || model.hasUnscored}
        />
        <ZoomButtons surface={surface} />
      </div>
      <HeatmapStage
        surface={surface}
        model={model}
        texts={texts}
        cursor={cursor}
        label={t('heatmap.label', { label, layers: nLayers, experts: nExpert })}
        selected={props.selected ?? null}
        keep={props.keep}
        onKeepChange={props.onKeepChange}
      />
      <HeatmapReadout model={model} details={details} hasDescription={describe !== undefined} busy={busy} />
      <p role="status" className={styles.unseen}>
        {cursor.isByKeys && details !== null ? sentence(details, nExpert) : ''}
      </p>
    </div>
  );
}
