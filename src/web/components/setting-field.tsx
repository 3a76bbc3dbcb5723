/** A setting as a field of a form: its control by type, its value from what was typed, its bounds in words. */
import { type SettingDefinition, type SettingKey, settingDefinitions } from '../../state/index.ts';
import { isKnownKey } from './done.ts';
import type { View } from './view.ts';

type Value = string | number | boolean;

export function definitionOf(key: SettingKey): SettingDefinition {
  return settingDefinitions[key];
}

/** What was typed, in the setting's own type; what is no number goes on as it is, to be refused with the reason. */
export function typedValue(key: SettingKey, typed: string): Value {
  const { type } = definitionOf(key);
  if (type === 'flag') return typed === 'on';
  if (type === 'choice') return typed.slice(0, 100);
  const number = Number(typed.replace(',', '.'));
  return typed.trim() === '' || !Number.isFinite(number) ? typed.slice(0, 100) : number;
}

/** The value as `typedValue` reads it back. */
export function fieldText(value: Value): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}

/** The value as people read it. */
export function settingWords(v: View, value: Value): string {
  if (typeof value === 'boolean') return value ? v.t.settings.on : v.t.settings.off;
  if (typeof value === 'number') return v.f.number(value, 3);
  const { choices } = v.t.plan.trial;
  return isKnownKey(choices, value) ? choices[value] : value;
}

/** Default and bounds. */
export function boundsWords(v: View, definition: SettingDefinition): string {
  const words = v.t.settings;
  const usual = words.default(settingWords(v, definition.default));
  if (definition.type === 'flag' || definition.type === 'choice') return usual;
  return `${usual}, ${words.between(settingWords(v, definition.min), settingWords(v, definition.max))}`;
}

export function unitWords(v: View, definition: SettingDefinition): string {
  if (definition.type === 'flag' || definition.type === 'choice') return '';
  const { units } = v.t.settings;
  return isKnownKey(units, definition.unit) ? units[definition.unit] : definition.unit;
}

/** The control alone; its label and description stand around it, the description with the id `KEY-effect`. */
export function SettingControl(props: {
  v: View;
  name: SettingKey;
  field: string;
  text: string;
  invalid?: boolean;
}) {
  const { v, name: key, field, text, invalid } = props;
  const definition = definitionOf(key);
  const described = { id: key, name: field, 'aria-describedby': `${key}-effect` };
  if (definition.type === 'flag' || definition.type === 'choice') {
    const options: readonly Value[] = definition.type === 'flag' ? [true, false] : definition.choices;
    return (
      <select class="input medium" {...described}>
        {options.map((value) => (
          <option value={fieldText(value)} selected={fieldText(value) === text}>
            {settingWords(v, value)}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      class="input short"
      type="number"
      step={definition.type === 'integer' ? '1' : 'any'}
      value={text}
      required
      aria-invalid={invalid ? 'true' : undefined}
      {...described}
    />
  );
}
