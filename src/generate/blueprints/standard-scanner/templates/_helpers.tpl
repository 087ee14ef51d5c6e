<% include "parts/scan-helpers.tpl" %>
