// How much memory the file may take, and beside it at once whether that asks for a smaller one.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MemoryFit } from '../../../electron/contract/api/library.ts';
import { LEAST_CTX } from '../../../electron/contract/fit.ts';
import { sizeTextBelow } from '../../../electron/contract/size-text.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { NumberField } from '../../kit/number-field.tsx';
import kit from '../../kit/primitives.module.css';
import { Select } from '../../kit/select.tsx';
import { TextField } from '../../kit/text-field.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { needBytes } from '../../memory/memory-scale.ts';
import { numberWithoutUnit } from '../../memory/memory-text.ts';
import { halfOf, MEANINGS, type Asked } from './asked.ts';
import styles from './new.module.css';

type MemoryPartProps = { readonly form: Asked };

export function MemoryPart({ form }: MemoryPartProps): ReactNode {
  const { t } = useTranslation();
  const { text, setTyped, meaning, setMeaning, budgetBytes, mostCtx, params, change, memory } = form;
  const isNoSize = text.trim() !== '' && budgetBytes === null && numberWithoutUnit(text) === null;
  return (
    <section className={classNames(kit.stack3, styles.question)} aria-label={t('fit.howMuch')}>
      <h2>{t('fit.howMuch')}</h2>
      <div className={styles.fields}>
        <TextField
          label={t('fit.memoryField')}
          placeholder={t('fit.memoryExample')}
          value={text}
          onChange={setTyped}
          error={isNoSize && memory !== undefined ? t('fit.memoryNoSize') : null}
        />
        <Select
          label={t('fit.meaning')}
          choices={MEANINGS.map((id) => ({ id, label: t(`fit.means.${id}`) }))}
          value={meaning}
          onChange={setMeaning}
        />
        {meaning === 'use' && (
          <NumberField
            label={t('fit.chat')}
            unit={t('choose.tokens')}
            value={params.ctx}
            minValue={Math.min(LEAST_CTX, mostCtx)}
            {...(mostCtx < Infinity && { maxValue: mostCtx })}
            step={LEAST_CTX}
            onChange={(ctx) => change({ ctx })}
          />
        )}
      </div>
      <div role="status">
        <Answer form={form} />
      </div>
    </section>
  );
}

/** One of: which unit, what this machine has, it fits as it is, it has to become smaller. */
function Answer({ form }: MemoryPartProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { text, setTyped, meaning, memory, budgetBytes, isFitting } = form;
  const number = numberWithoutUnit(text);
  if (number !== null) {
    return (
      <div className={kit.cluster}>
        <span>{t('fit.whichUnit', { number })}</span>
        {(['MB', 'GB'] as const).map((unit) => (
          <Button key={unit} size="small" onPress={() => setTyped(`${number} ${unit}`)}>
            {`${number} ${unit}`}
          </Button>
        ))}
      </div>
    );
  }
  if (memory === undefined) return null;
  if (budgetBytes === null) return <Rooms memory={memory} onTake={(bytes) => setTyped(sizeTextBelow(bytes))} />;
  const needed = format.bytes(meaning === 'use' ? needBytes(memory.full) : memory.full.weightsBytes);
  if (!isFitting) return <p>{t(`fit.shrinks.${meaning}`, { needed })}</p>;
  return (
    <div className={kit.cluster}>
      <strong>{t(`fit.fits.${meaning}`, { needed })}</strong>
      <Button size="small" onPress={() => setTyped(sizeTextBelow(halfOf(memory, meaning)))}>
        {t('fit.smallerStill', { size: sizeTextBelow(halfOf(memory, meaning)) })}
      </Button>
    </div>
  );
}

type RoomsProps = { readonly memory: MemoryFit; readonly onTake: (bytes: number) => void };

function Rooms({ memory: { room }, onTake }: RoomsProps): ReactNode {
  const { t } = useTranslation();
  const rooms = [
    { id: 'memory', bytes: room.memory },
    ...(room.vram === null ? [] : [{ id: 'vram', bytes: room.vram } as const]),
  ] as const;
  return (
    <div role="group" aria-label={t('fit.rooms')} className={kit.cluster}>
      {rooms.map(({ id, bytes }) => (
        <Button key={id} size="small" onPress={() => onTake(bytes)}>
          {t(`fit.room.${id}`, { size: sizeTextBelow(bytes) })}
        </Button>
      ))}
    </div>
  );
}
