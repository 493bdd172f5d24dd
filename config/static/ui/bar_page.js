// What every page of a bar can do: its menu, its line, forms that write through the API, sheets, and staying up to date.
import "./api_form.js";
import "./drop_menu.js";
import "./live_page.js";
import "./sheets.js";
import "./toast_area.js";
import "../realtime/live_status.js";
import { sayWhatIsDone } from "./say.js";

sayWhatIsDone();
