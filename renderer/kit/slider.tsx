// A number on a track, with a field to type it.
import type { ReactNode } from 'react';
import { Label, Slider as AriaSlider, SliderThumb, SliderTrack } from 'react-aria-components';
import { NumberField } from './number-field.tsx';
import kit from './primitives.module.css';
import styles from './slider.module.css';

type SliderProps = {
  readonly label: string;
  readonly value: number;
  readonly minValue: number;
  readonly maxValue: number;
  readonly onChange: (value: number) => void;
  /** Called while the thumb moves, if that should not call `onChange`. */
  readonly onMove?: (value: number) => void;
  /** Values worth stopping at, drawn below the track. */
  readonly marks?: readonly number[];
  /** Leaves out the field if the value is shown elsewhere. */
  readonly isFieldHidden?: boolean;
};

export function Slider({
  label,
  value,
  minValue,
  maxValue,
  onChange,
  onMove = onChange,
  marks = [],
  isFieldHidden = false,
}: SliderProps): ReactNode {
  const range = { value, minValue, maxValue, onChange };
  return (
    <AriaSlider<number> {...range} onChange={onMove} className={styles.slider ?? ''}>
      <Label className={kit.note ?? ''} style={{ gridColumn: '1 / -1' }}>
        {label}
      </Label>
      <SliderTrack className={styles.track ?? ''}>
        {({ state }) => (
          <>
            <div className={styles.fill} style={{ width: `calc(${state.getThumbPercent(0) * 100}% + 8px)` }} />
            <Marks marks={marks} minValue={minValue} maxValue={maxValue} />
            <SliderThumb className={styles.thumb ?? ''} />
          </>
        )}
      </SliderTrack>
      {!isFieldHidden && (
        <div className={styles.number}>
          <NumberField {...range} label={label} isLabelHidden />
        </div>
      )}
    </AriaSlider>
  );
}

type MarksProps = Pick<Required<SliderProps>, 'marks' | 'minValue' | 'maxValue'>;

function Marks({ marks, minValue, maxValue }: MarksProps): ReactNode {
  return marks
    .filter((mark) => mark >= minValue && mark <= maxValue && maxValue > minValue)
    .map((mark) => (
      <div
        key={mark}
        className={styles.mark}
        style={{ left: `${((mark - minValue) / (maxValue - minValue)) * 100}%` }}
      />
    ));
}
