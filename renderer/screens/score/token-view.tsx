// A demo's own text, shaded by how far the routed experts turned the model's inner state at each token.
import { interpolateCividis } from 'd3-scale-chromatic';
import { useMemo, useState, type CSSProperties, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { errorToData } from '../../../electron/contract/errors.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Select } from '../../kit/select.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { Slider } from '../../kit/slider.tsx';
import { Term } from '../../kit/term.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall } from '../../state/calls.ts';
import styles from './score.module.css';

/** More would make the page slow; a demo's beginning shows what there is to see. */
const MAX_TOKENS = 3000;
/** Of the darkest token, so that a single outlier does not make all others pale. */
const BRIGHT_QUANTILE = 0.98;

type TokenData = CallResult<'runs.tokens'>;

export function TokenView({ run }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const demos = useCall('runs.demos', { runId: run.id }).data ?? [];
  const scored = demos.filter((demo) => demo.scored);
  const [position, setPosition] = useState<number | null>(null);
  const shown = scored.find((demo) => demo.position === position) ?? scored.find(({ available }) => available);
  if (shown === undefined) return <p className={styles.dim}>{t('score.noTokens')}</p>;
  return (
    <div className={styles.tokenView}>
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
      <DemoTokens key={shown.position} runId={run.id} position={shown.position} />
    </div>
  );
}

function DemoTokens({ runId, position }: { readonly runId: number; readonly position: number }): ReactNode {
  const { data, error } = useCall('runs.tokens', { runId, position });
  if (error !== null) return <ErrorPanel error={errorToData(error)} />;
  return data === undefined ? <SkeletonRows rows={8} /> : <ShadedText data={data} />;
}

function ShadedText({ data }: { readonly data: TokenData }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  // 0: the mean of all layers
  const [layer, setLayer] = useState(0);
  const [token, setToken] = useState<number | null>(null);
  const turns = useMemo(() => turnsOf(data, layer), [data, layer]);
  const bright = useMemo(() => quantile(turns, BRIGHT_QUANTILE), [turns]);
  const pieces = data.pieces.slice(0, MAX_TOKENS);
  return (
    <>
      <div className={styles.tokenHead}>
        <Slider
          label={layer === 0 ? t('score.allLayers') : t('score.layer', { block: data.moeLayers[layer - 1] })}
          value={layer}
          minValue={0}
          maxValue={data.nLayers}
          onChange={setLayer}
          isFieldHidden
        />
        <p className={styles.dim}>
          <Term name="contribution">{t('score.contribution')}</Term>
          {token !== null && `: ${format.score(turns[token] ?? 0)}`}
        </p>
        <p className={styles.chips} aria-live="polite">
          {token !== null && expertsOf(data, token).map((name) => <span key={name}>{name}</span>)}
        </p>
      </div>
      <div className={styles.text} tabIndex={0} role="region" aria-label={t('score.tokens')}>
        {pieces.map((piece, index) => (
          <span
            key={index}
            className={styles.token}
            style={shade((turns[index] ?? 0) / bright)}
            title={format.score(turns[index] ?? 0)}
            onPointerEnter={() => setToken(index)}
          >
            {piece}
          </span>
        ))}
        {data.pieces.length > MAX_TOKENS && <p className={styles.dim}>{t('score.cut', { count: MAX_TOKENS })}</p>}
      </div>
    </>
  );
}

/** 1 − cos of each token: of one layer, or the mean over all. */
function turnsOf({ contribution, nLayers, pieces }: TokenData, layer: number): Float32Array {
  const length = pieces.length;
  if (layer > 0) return contribution.subarray((layer - 1) * length, layer * length);
  const mean = new Float32Array(length);
  for (let l = 0; l < nLayers; l++) {
    for (let i = 0; i < length; i++) mean[i] = mean[i]! + contribution[l * length + i]! / nLayers;
  }
  return mean;
}

function quantile(values: Float32Array, q: number): number {
  const sorted = values.toSorted();
  return sorted[Math.floor(q * (sorted.length - 1))] || 1;
}

/** The heatmap's colours, with text that can be read on them. */
function shade(share: number): CSSProperties {
  const value = Math.min(1, Math.max(0, share));
  return { backgroundColor: interpolateCividis(value), color: value > 0.55 ? '#12161a' : '#f5f7f8' };
}

/** Experts that count the token among their top ones, the strongest first. */
function expertsOf({ experts, moeLayers }: TokenData, token: number): string[] {
  const names: string[] = [];
  for (let i = 0; i < experts.token.length && names.length < 8; i++) {
    if (experts.token[i] === token) names.push(`${moeLayers[experts.layer[i]!]}:${experts.expert[i]}`);
  }
  return names;
}
