// A number on a track, with a field for typing it.
import type { ReactNode } from 'react';
import { Label, Slider as AriaSlider, SliderThumb, SliderTrack } from 'react-aria-components';
import { classNames } from './class-names.ts';
import { NumberField } from './number-field.tsx';
import styles from './slider.module.css';

type SliderProps = {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly value: number;
  readonly minValue: number;
  readonly maxValue: number;
  readonly step?: number;
  readonly onChange: (value: number) => void;
  /** Once, when dragging ends: for work that is too slow to follow the thumb. */
  readonly onChangeEnd?: (value: number) => void;
  /** Values worth stopping at, drawn below the track. */
  readonly marks?: readonly number[];
  readonly unit?: string;
  readonly formatOptions?: Intl.NumberFormatOptions;
  readonly isDisabled?: boolean;
  /** Leaves the field out where the value is shown elsewhere. */
  readonly isFieldHidden?: boolean;
};

export function Slider({
  label,
  isLabelHidden = false,
  value,
  minValue,
  maxValue,
  step = 1,
  onChange,
  onChangeEnd,
  marks = [],
  unit,
  formatOptions,
  isDisabled = false,
  isFieldHidden = false,
}: SliderProps): ReactNode {
  const range = { value, minValue, maxValue, step, isDisabled, ...(formatOptions && { formatOptions }) };
  return (
    <AriaSlider<number>
      {...range}
      onChange={onChange}
      {...(onChangeEnd && { onChangeEnd })}
      className={classNames(styles.slider, isLabelHidden && styles.hiddenLabel)}
    >
      <Label className={styles.label ?? ''} style={{ gridColumn: '1 / -1' }}>
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
          <NumberField
            {...range}
            label={label}
            isLabelHidden
            {...(unit !== undefined && { unit })}
            onChange={(next) => {
              onChange(next);
              onChangeEnd?.(next);
            }}
          />
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
