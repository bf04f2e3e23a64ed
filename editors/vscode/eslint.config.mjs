import js from "@eslint/js";
import { config, configs } from "typescript-eslint";

export default config(js.configs.recommended, configs.strictTypeChecked, {
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
});
