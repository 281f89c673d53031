// A demo's own text, shaded by how far the routed experts turned the residual stream at each token.
import { useDeferredValue, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Cell } from '../../heatmap/types.ts';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Select } from '../../kit/select.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { Slider } from '../../kit/slider.tsx';
import { useCall } from '../../state/calls.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { ShadedText } from './shaded-text.tsx';
import { TokenReadout } from './token-readout.tsx';
import styles from './score.module.css';
import { tokensOfExpert, turnsOf, type TokenData } from './token-data.ts';

/** More tokens would make the page slow, and a demo's beginning shows enough. */
const MAX_TOKENS = 3000;

type TokenViewProps = {
  readonly run: Run;
  /** The expert whose tokens are marked. */
  readonly selected: Cell | null;
  readonly onSelect: (cell: Cell) => void;
};

export function TokenView({ run, selected, onSelect }: TokenViewProps): ReactNode {
  const { t } = useTranslation();
  const { data: demos, error } = useCall('runs.demos', { runId: run.id });
  const scored = demos?.filter((demo) => demo.scored) ?? [];
  const [position, setPosition] = useKeptState<number | null>(`score.demo ${run.id}`, null);
  // 0: the mean of all layers
  const [layer, setLayer] = useKeptState(`score.layer ${run.id}`, 0);
  const shown = scored.find((demo) => demo.position === position) ?? scored.find(({ available }) => available);
  if (error !== null) return <ErrorPanel error={error.toData()} />;
  if (demos === undefined) return <SkeletonRows rows={12} />;
  if (shown === undefined)
    return <p className={kit.dim}>{t(scored.length > 0 ? 'score.noTokens' : 'score.noneYet')}</p>;
  return (
    <div className={classNames(kit.stack3, styles.tokenView)}>
      <div className={styles.tokenHead}>
        <Select
          label={t('score.demo')}
          choices={scored.map((demo) => ({
            id: String(demo.position),
            label: demo.label,
            note: demo.available ? t('score.tokenCount', { count: demo.tokens }) : t('score.demoGone'),
            isDisabled: !demo.available,
          }))}
          value={String(shown.position)}
          onChange={(id) => setPosition(Number(id))}
        />
        <Slider
          label={layer === 0 ? t('score.allLayers') : t('score.layer', { block: run.moeLayers[layer - 1] })}
          value={layer}
          minValue={0}
          maxValue={run.moeLayers.length}
          onChange={setLayer}
          isFieldHidden
        />
      </div>
      <DemoTokens
        key={shown.position}
        runId={run.id}
        position={shown.position}
        layer={layer}
        selected={selected}
        onSelect={onSelect}
      />
    </div>
  );
}

type DemoTokensProps = Omit<TokenViewProps, 'run'> & {
  readonly runId: number;
  readonly position: number;
  readonly layer: number;
};

function DemoTokens({ runId, position, ...shown }: DemoTokensProps): ReactNode {
  const { data, error } = useCall('runs.tokens', { runId, position });
  if (error !== null) return <ErrorPanel error={error.toData()} />;
  return data === undefined ? <SkeletonRows rows={12} /> : <Tokens data={data} {...shown} />;
}

type TokensProps = Omit<DemoTokensProps, 'runId' | 'position'> & { readonly data: TokenData };

function Tokens({ data, layer, selected, onSelect }: TokensProps): ReactNode {
  const { t } = useTranslation();
  const [hovered, setHovered] = useState<number | null>(null);
  const [pinned, setPinned] = useState<number | null>(null);
  // the thumb moves ahead, the text follows
  const shadedLayer = useDeferredValue(layer);
  const turns = useMemo(() => turnsOf(data, shadedLayer), [data, shadedLayer]);
  const marked = useMemo(() => tokensOfExpert(data, selected), [data, selected]);
  const pieces = useMemo(() => data.pieces.slice(0, MAX_TOKENS), [data]);
  const token = hovered ?? pinned;
  return (
    <>
      <TokenReadout data={data} turns={turns} token={token} onSelect={onSelect} />
      <ShadedText
        label={t('score.tokens')}
        pieces={pieces}
        turns={turns}
        marked={marked}
        active={token}
        onHover={setHovered}
        onPin={setPinned}
      />
      {data.pieces.length > MAX_TOKENS && <p className={kit.dim}>{t('score.cut', { count: MAX_TOKENS })}</p>}
    </>
  );
}
